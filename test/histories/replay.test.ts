import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkData, kindOf, type StoredEvent } from "@evenkeel/events";
import { evolve, type Remediation } from "@evenkeel/remediation";

/** JSON has no undefined; what a state leaves open is the same as what it does not say. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("recorded histories", () => {
  for (const name of readdirSync(import.meta.dirname).filter((file) => file.endsWith(".jsonl"))) {
    const [first, ...lines] = readFileSync(join(import.meta.dirname, name), "utf8")
      .trimEnd()
      .split("\n");
    const { states } = JSON.parse(first!) as { states: Record<string, Remediation> };
    const events = lines.map((line) => JSON.parse(line) as StoredEvent);

    it(`${name}: ${events.length} events fold to the states that were recorded with them`, () => {
      const folded: Record<string, Remediation> = {};
      for (const event of events) {
        const state = evolve(folded[event.context], event);
        if (state) folded[event.context] = state;
      }
      assert.deepEqual(plain(folded), states);
    });

    it(`${name}: every event is known by its type, and its data is still valid`, () => {
      for (const event of events) {
        assert.equal(kindOf(event.type), event.kind);
        checkData(event);
      }
    });
  }
});
