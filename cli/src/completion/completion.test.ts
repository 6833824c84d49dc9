import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { evenkeel } from "../run-for-test.ts";

async function script(shell: string): Promise<string> {
  const { code, stdout } = await evenkeel(["completion", shell]);
  assert.equal(code, 0);
  return stdout;
}

/** Its own locale: of one that is not installed bash would complain. */
const OPTIONS = { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } } as const;

describe("completion", () => {
  it("bash takes the script", async () => {
    const { status, stderr } = spawnSync("bash", ["-n"], { input: await script("bash"), ...OPTIONS });
    assert.equal(stderr, "");
    assert.equal(status, 0);
  });

  for (const [typed, expected] of [
    [["g"], ["get"]],
    [
      ["get", "ev"],
      ["events", "evaluations"],
    ],
    [["get", "ev", "--res"], ["--result"]],
    [["get", "events", "--result", "p"], ["pass"]],
    [
      ["--server", "get", "send", ""],
      ["event", "problem"],
    ],
    [["get", "events", "--result", "=", "f"], ["fail"]],
    [["completion", "z"], ["zsh"]],
    [
      ["trigger", "evaluation", "--no-"],
      ["--no-wait", "--no-color"],
    ],
  ] as const) {
    it(`bash completes "${typed.join(" ")}" to ${expected.join(", ")}`, async () => {
      const program = `${await script("bash")}
COMP_WORDS=(evenkeel "$@"); COMP_CWORD=$#; _evenkeel; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync("bash", ["-c", program, "bash", ...typed], OPTIONS);
      assert.equal(stderr, "");
      assert.deepEqual(stdout.trim().split("\n"), expected);
    });
  }

  it("bash asks the command itself for names, with what was typed before", async () => {
    const program = `${await script("bash")}
fake() { printf '%s\\n' "asked-$*"; }
COMP_WORDS=(fake get events --project shop --stage prod --service ""); COMP_CWORD=8; _evenkeel; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync("bash", ["-c", program], OPTIONS);
    assert.equal(stdout.trim().replaceAll("\n", " "), "asked-__complete service --project=shop --stage=prod");
  });

  for (const shell of ["zsh", "fish", "pwsh"]) {
    it(`${shell} knows every command and flag, and no hidden one`, async () => {
      const text = await script(shell);
      for (const word of ["remediations", "skip-wait", "root-cause", "evaluation", "__complete"])
        assert.ok(text.includes(word), word);
      assert.doesNotMatch(text, />__complete/);
    });
  }

  it("a server that is away completes to nothing, quietly", async () => {
    const ran = await evenkeel(["__complete", "project", "", "--server", "http://127.0.0.1:9"]);
    assert.deepEqual(ran, { code: 0, stdout: "", stderr: "" });
  });
});
