import assert from "node:assert/strict";
import { writtenActions } from "./written-actions.ts";

describe("writtenActions", () => {
  it("gives values as written, from files that the schema refuses too", () => {
    const text =
      "remediations:\n  - actions:\n      - {action: scaling, value: +1, oops: 1}\n      - 7\n      - {value: 2}\n";
    const [first, ...rest] = writtenActions(text);
    assert.deepEqual([first?.action, first?.value, rest], ["scaling", "+1", []]);
  });

  it("names the place of an unknown action and the one that was probably meant", () => {
    const [written] = writtenActions("remediations:\n  - actions:\n      - action: scalling\n");
    const { line, column, message } = written!.unknownAction(["escalate", "scaling"]);
    assert.deepEqual([line, column], [3, 17]);
    assert.match(message, /found "scalling", expected escalate, scaling; did you mean scaling\?$/);
    assert.doesNotMatch(written!.unknownAction(["webhook"]).message, /did you mean/);
  });

  for (const text of ["", "{", "- 1", "remediations: 7", "spec: []", "remediations: [{actions: {a: 1}}]"])
    it(`finds none in ${JSON.stringify(text)}`, () => assert.deepEqual(writtenActions(text), []));
});
