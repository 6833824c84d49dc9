import assert from "node:assert/strict";
import type { Problem } from "@evenkeel/events";
import { glob, match } from "./match.ts";
import type { Entry, Match, RemediationFile } from "./plan.ts";

function problem(fields: Partial<Problem> = {}): Problem {
  return { id: "p", source: "dynatrace", title: "My Problem", severity: "error", labels: {}, ...fields };
}

/** Entries by problem type, or with a match block; line = 10 × position. */
function file(format: RemediationFile["format"], ...entries: (string | [string, Match])[]): RemediationFile {
  return {
    format,
    entries: entries.map((entry, index): Entry => {
      const [problemType, block] = typeof entry === "string" ? [entry, undefined] : entry;
      return { problemType, ...(block && { match: block }), actions: [], line: 10 * (index + 1) };
    }),
  };
}

const chosen = (of: RemediationFile, about: Problem) => {
  const { entry, by } = match(of, about);
  return entry ? `line ${entry.line} by ${by}` : "nothing";
};

describe("the entry for a problem", () => {
  const rows: [string, RemediationFile, Partial<Problem>, string][] = [
    [
      "AL7: root cause goes before title",
      file("0.1.4", "T", "R"),
      { title: "T", rootCause: "R" },
      "line 20 by root cause",
    ],
    ["AL8: only the title matches", file("0.1.4", "R", "T"), { title: "T", rootCause: "X" }, "line 20 by title"],
    ["AL9: neither matches, default does", file("0.1.4", "default", "T"), {}, "line 10 by default"],
    ["AL10: neither matches, no default", file("0.1.4", "R", "T"), {}, "nothing"],
    ["* stands for any problem too", file("0.6", "T", "*"), {}, "line 20 by default"],
    ["default is not taken while a title matches", file("0.1.4", "default", "My Problem"), {}, "line 20 by title"],
    ["the first of two equal entries counts", file("0.1.4", "My Problem", "My Problem"), {}, "line 10 by title"],
    ["of default and * the first counts", file("0.1.4", "*", "default"), {}, "line 10 by default"],
    [
      "a problem titled default is not a title match",
      file("0.1.4", "x", "default"),
      { title: "default" },
      "line 20 by default",
    ],
    ["0.6 matches a prefix of the title", file("0.6", "My"), {}, "line 10 by prefix"],
    ["0.1.4 does not", file("0.1.4", "My"), {}, "nothing"],
    ["of two prefixes the first in the file counts", file("0.6", "My", "My Prob"), {}, "line 10 by prefix"],
    ["the whole title goes before a prefix", file("0.6", "My", "My Problem"), {}, "line 20 by title"],
    ["a prefix of the root cause is none", file("0.6", "Ro"), { rootCause: "Root" }, "nothing"],
    ["an entry longer than the title is no prefix", file("0.6", "My Problem!"), {}, "nothing"],
    ["case counts", file("0.6", "my problem"), {}, "nothing"],
    ["blanks count", file("0.1.4", "My Problem "), {}, "nothing"],
    [
      "Alertmanager's alert name is a title",
      file("0.6", "slow"),
      { labels: { alertname: "slow" } },
      "line 10 by title",
    ],
    ["an empty root cause does not match an empty entry", file("0.1.4", ""), { rootCause: "" }, "nothing"],
    ["an empty entry is no prefix", file("0.6", ""), {}, "nothing"],
    ["an empty title matches nothing", file("0.6", "", "x"), { title: "" }, "nothing"],
    [
      "a match block goes before everything",
      file("0.1.4", "My Problem", ["x", { severity: ["error"] }]),
      {},
      "line 20 by match",
    ],
    [
      "the first match block that holds",
      file("0.6", ["a", { title: "No*" }], ["b", { title: "My*" }], ["c", {}]),
      {},
      "line 20 by match",
    ],
    [
      "an entry with a block is not matched by its name",
      file("0.6", ["My Problem", { severity: ["info"] }]),
      {},
      "nothing",
    ],
    ["a default with a block is no default", file("0.6", ["default", { severity: ["info"] }]), {}, "nothing"],
    ["an empty file", file("0.6"), {}, "nothing"],
  ];
  for (const [what, of, about, expected] of rows) {
    it(`${what}: ${expected}`, () => assert.equal(chosen(of, problem(about)), expected));
  }
});

describe("a match block", () => {
  const about = problem({
    title: "Disk full on node-7",
    rootCause: "node-7",
    severity: "critical",
    source: "alertmanager",
    labels: { team: "shop", alertname: "DiskFull", constructor: "x" },
  });
  const rows: [Match, boolean | RegExp][] = [
    [{}, true],
    [{ title: "Disk full*" }, true],
    [{ title: "DiskFull" }, true],
    [{ title: "Disk" }, /title is "Disk full on node-7", wanted "Disk"/],
    [{ rootCause: "node-*" }, true],
    [{ rootCause: "db-*" }, /root cause is "node-7", wanted "db-\*"/],
    [{ severity: ["error", "critical"] }, true],
    [{ severity: ["info", "warning"] }, /severity is critical, wanted info or warning/],
    [{ source: "alertmanager" }, true],
    [{ source: "dynatrace" }, /source is alertmanager, wanted dynatrace/],
    [{ labels: { team: "sh*" } }, true],
    [{ labels: { team: "shop", zone: "a" } }, /label zone is absent, wanted "a"/],
    [{ labels: { team: "infra" } }, /label team is "shop", wanted "infra"/],
    [{ labels: { toString: "*" } }, /label toString is absent/],
    [{ title: "Disk*", severity: ["info"] }, /severity/],
    [{ title: "Disk*", severity: ["critical"], labels: { team: "shop" } }, true],
  ];
  for (const [block, expected] of rows) {
    it(`${JSON.stringify(block)} ${expected === true ? "holds" : `does not: ${String(expected)}`}`, () => {
      const { entry, considered } = match(file("0.1.4", ["x", block]), about);
      assert.equal(entry !== undefined, expected === true);
      if (expected instanceof RegExp) assert.match(considered[0]!.why, expected);
    });
  }

  it("a condition on a root cause that nobody knows does not hold", () => {
    const { considered } = match(file("0.6", ["x", { rootCause: "node-*" }]), problem());
    assert.match(considered[0]!.why, /root cause is "unknown"/);
  });
});

describe("what was considered", () => {
  const whys = (of: RemediationFile, about: Partial<Problem> = {}) =>
    match(of, problem(about)).considered.map((c) => c.why);

  it("names every entry in file order, with its line and whether it was taken", () => {
    const { considered } = match(file("0.1.4", "Other", "My Problem", "default"), problem());
    assert.deepEqual(
      considered.map(({ line, matched, why }) => [line, matched, why]),
      [
        [10, false, `the problem's title is "My Problem"`],
        [20, true, "matched by title"],
        [30, false, "line 20 is more specific, matched by title"],
      ],
    );
  });

  it("says which one came first", () => {
    assert.deepEqual(whys(file("0.6", "My", "My Prob")), ["matched by prefix", "line 10 came first"]);
    assert.deepEqual(whys(file("0.6", ["a", {}], ["b", {}])), ["matched by match", "line 10 came first"]);
  });

  it("says when a title lost to a root cause further down", () => {
    const lost = whys(file("0.1.4", "My Problem", "node"), { rootCause: "node" })[0];
    assert.equal(lost, "line 20 is more specific, matched by root cause");
  });

  for (const [format, entry, near] of [
    ["0.1.4", "my problem", /differs only in upper and lower case or blanks/],
    ["0.1.4", " My Problem ", /differs only/],
    ["0.1.4", "My", /begins alike, but this format wants the whole title/],
    ["0.6", "My Problem in production", /begins alike, but this format wants the title to begin with it/],
    ["0.1.4", "NODE", /root cause "node".*differs only/],
    ["0.1.4", "slow", /begins alike/],
  ] as const) {
    it(`a near miss in a ${format} file: "${entry}"`, () => {
      const [why] = whys(file(format, entry), { rootCause: "node", labels: { alertname: "slow response" } });
      assert.match(why!, near);
    });
  }

  it("an empty entry beside an empty title is explained without a line that is not there", () => {
    assert.deepEqual(whys(file("0.6", ""), { title: "" }), [`the problem's title is ""`]);
  });
});

describe("a pattern", () => {
  const rows: [string, string, boolean][] = [
    ["*", "", true],
    ["*", "anything", true],
    ["a*", "abc", true],
    ["*c", "abc", true],
    ["a*c", "abc", true],
    ["a*c", "ac", true],
    ["a*a", "a", false],
    ["a*b*c", "aXbYc", true],
    ["a*b*c", "aXcYb", false],
    ["*b*", "abc", true],
    ["**", "x", true],
    ["a**c", "abc", true],
    ["abc", "abcd", false],
    ["a.c", "abc", false],
    ["[a-z]*", "abc", false],
    ["*ab*ab", "ab", false],
    ["*ab*ab", "abab", true],
    ["", "", true],
    ["", "x", false],
  ];
  for (const [pattern, text, expected] of rows) {
    it(`"${pattern}" ${expected ? "fits" : "does not fit"} "${text}"`, () =>
      assert.equal(glob(pattern, text), expected));
  }

  it("takes linear time on a hostile pattern", () => {
    const pattern = `${"*a".repeat(2_000)}*b`;
    assert.equal(glob(pattern, "a".repeat(100_000)), false);
  });
});
