import assert from "node:assert/strict";
import { episodeContext, isUuid, keptnContext } from "./context.ts";

describe("context", () => {
  for (const [input, expected] of [
    ["-175196579159161496", "2d313735-3139-4635-b739-313539313631"],
    ["-727060484719579620", "2d373237-3036-4034-b834-373139353739"],
    ["99999", "39393939-3920-4020-a020-202020202020"],
    ["762", "37363220-2020-4020-a020-202020202020"],
    ["93a5-3fas-a09d-8ckf", "39336135-2d33-4661-b32d-613039642d38"],
    ["2d313735-3139-4635-b739-313539313631", "2d313735-3139-4635-b739-313539313631"],
  ] as const) {
    it(`Keptn's context of "${input}" is ${expected}`, () => assert.equal(keptnContext(input), expected));
  }

  it("an episode's context is the same for a repeat and another for a reopened problem", () => {
    const first = episodeContext("dynatrace", "-727060484719579620", "2026-01-01T00:00:00Z");
    assert.equal(first, episodeContext("dynatrace", "-727060484719579620", "2026-01-01T00:00:00Z"));
    assert.notEqual(first, episodeContext("dynatrace", "-727060484719579620", "2026-01-01T01:00:00Z"));
    assert.ok(isUuid(first));
  });

  it("ids that share 16 characters do not collide (they did in Keptn)", () => {
    const start = "2026-01-01T00:00:00Z";
    assert.notEqual(
      episodeContext("dynatrace", "-727060484719579620", start),
      episodeContext("dynatrace", "-727060484719579629", start),
    );
  });

  it("moving a character from one field to the next gives another context", () => {
    assert.notEqual(episodeContext("ab", "c", "d"), episodeContext("a", "bc", "d"));
  });
});
