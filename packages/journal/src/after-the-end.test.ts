import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { testDatabase } from "@evenkeel/embedded/testing";
import pg from "pg";
import { opened, resolved, TARGET } from "./fixtures.ts";
import { createJournal } from "./index.ts";
import { migrations } from "./migrations.ts";

describe("states of an earlier version", function () {
  this.timeout(60_000);

  it("learn that their problem was gone after the end, and are then what the log gives", async () => {
    const database = await testDatabase();
    const journal = await createJournal({ url: database.url, log: { info: () => {}, warn: () => {} } });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const [late, open] = [randomUUID(), randomUUID()];
      for (const context of [late, open]) {
        const on = { ...TARGET, service: `carts-${context.slice(0, 8)}` };
        await journal.append(context, [...opened(on), { kind: "remediation.aborted", data: { ...on, by: "ann" } }]);
        if (context === late) await journal.append(context, [resolved(on)]);
      }
      await client.query(`update remediations set state = jsonb_set(state, '{problemState}', '"open"')`);
      await client.query(migrations().find(({ name }) => name.startsWith("0010"))!.sql);
      assert.equal((await journal.state(late))?.problemState, "resolved");
      assert.equal((await journal.state(open))?.problemState, "open");
      const { folded, stored } = await journal.rebuild();
      assert.deepEqual(JSON.parse(JSON.stringify([...folded].sort())), JSON.parse(JSON.stringify([...stored].sort())));
    } finally {
      await client.end();
      await journal.close();
      await database.drop();
    }
  });
});
