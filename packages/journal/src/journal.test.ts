import { testDatabase } from "@evenkeel/embedded/testing";
import { journalContract } from "./contract.ts";
import { createJournal, type Journal } from "./index.ts";

describe("journal on the embedded PostgreSQL", function () {
  this.timeout(60_000);
  let journal: Journal | undefined;
  journalContract(async () => {
    const { url } = await testDatabase();
    journal = await createJournal({ url, log: { info: () => {}, warn: () => {} } });
    return { journal, url };
  });
  after(() => journal?.close());
});
