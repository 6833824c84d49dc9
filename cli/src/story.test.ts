import assert from "node:assert/strict";
import { typeOf, type CloudEventJson, type DataOf, type IndicatorResult, type Kind, type Plan } from "@evenkeel/events";
import { newStory, storyLine, type StoryMemory } from "./story.ts";
import { renderStory } from "./story-render.ts";

const target = { project: "sockshop", stage: "production", service: "carts" };
const problem = {
  id: "a1",
  source: "alertmanager",
  title: "Response time degradation",
  severity: "critical",
  labels: {},
} as const;
const plan: Plan = {
  revision: "r1",
  matched: { problemType: "Response time degradation", line: 7, by: "title" },
  considered: [],
  actions: [
    { name: "scaling", action: "scaling", value: "+1", wait: 20_000, timeout: 1000, then: "evaluate" },
    { name: "escalate", action: "escalate", wait: 0, timeout: 1000, then: "finish" },
  ],
  settle: 1000,
  evaluationRetries: 3,
};

function event<K extends Kind>(kind: K, data: DataOf<K>, time = "2026-01-31T12:00:00.000Z"): CloudEventJson {
  return {
    specversion: "1.0",
    id: "e1",
    source: "evenkeel",
    type: typeOf(kind, "production"),
    time,
    datacontenttype: "application/json",
    shkeptncontext: "0f5c3a52-9e6e-8b7a-9c1d-3f2b6a1d4e5f",
    data,
  };
}

const indicator = (over: Partial<IndicatorResult> = {}): IndicatorResult => ({
  displayName: "p90",
  score: 0,
  status: "fail",
  keySli: false,
  value: { metric: "response_time_p90", value: 1240.4, success: true, message: "" },
  passTargets: [{ criteria: "<1000", targetValue: 1000, violated: true }],
  warningTargets: [],
  ...over,
});

const evaluation = (result: "pass" | "fail" | "inconclusive", indicatorResults: IndicatorResult[]) =>
  event("evaluation.finished", {
    ...target,
    status: "succeeded",
    result,
    message: "no values",
    evaluation: {
      timeStart: "2026-01-31T11:59:30.000Z",
      timeEnd: "2026-01-31T12:00:00.000Z",
      result,
      score: result === "pass" ? 100 : 0,
      indicatorResults,
      comparedEvents: [],
    },
  });

const tell = (told: CloudEventJson, memory: StoryMemory = newStory()) => storyLine(told, memory)?.lines ?? [];

describe("story", () => {
  const scaled = { attempt: 0, message: "Deployment carts-primary: 1 → 2", plan: { name: "carts-primary" } };
  for (const [title, told, expected] of [
    [
      "a problem with its target",
      event("problem", { ...target, state: "open", problem }),
      ["problem: Response time degradation on carts in sockshop/production (critical, from alertmanager)"],
    ],
    [
      "a run that a person asked for, and which it repeats",
      event("remediation.triggered", {
        ...target,
        problem,
        repeats: { context: "5b0f7a16-2c3d-8e4f-a5b6-c7d8e9f0a1b2", by: "ann", reason: "the quota was raised" },
      }),
      [
        "run again for ann: the quota was raised: Response time degradation on carts in sockshop/production",
        "  repeats run 5b0f7a16",
      ],
    ],
    [
      "that it is run again",
      event("remediation.repeated", { ...target, by: "ann", run: "5b0f7a16-2c3d-8e4f-a5b6-c7d8e9f0a1b2" }),
      ["run again by ann as run 5b0f7a16"],
    ],
    [
      "a retry of what was set aside",
      event("task.retried", { ...target, task: "t1", taskKind: "notify", by: "ann", reason: "mended" }),
      ["notify tried again by ann: mended"],
    ],
    [
      "a note",
      event("evaluation.annotated", { ...target, by: "ann", evaluation: { id: "e1", note: "no\nload" } }),
      ["note by ann: no load"],
    ],
    [
      "people who were told",
      event("escalation.sent", { ...target, message: "help", to: "https://ops.example" }),
      ["told people: help (to https://ops.example)"],
    ],
    [
      "that nobody was told, and why",
      event("escalation.sent", {
        ...target,
        message: "help",
        to: "the event log only: no escalation.webhook.url is set",
      }),
      ["nobody was told: no escalation.webhook.url is set", "  help"],
    ],
    [
      "a resolved problem",
      event("problem", { ...target, state: "resolved", problem }),
      ["problem resolved: Response time degradation on carts in sockshop/production"],
    ],
    [
      "a notification that cannot be routed, and why",
      event("problem.unrouted", { problem, reason: "no label names a service" }),
      ["not routed: Response time degradation: no label names a service"],
    ],
    [
      "the rule that matched, by what, and its actions",
      event("get-action.finished", { ...target, status: "succeeded", result: "pass", message: "", plan }),
      ['matched "Response time degradation" (remediation.yaml line 7, by title): scaling +1, then escalate'],
    ],
    [
      "why no rule matched",
      event("get-action.finished", {
        ...target,
        status: "succeeded",
        result: "fail",
        reason: "no-match",
        message: "unable to find action",
        plan: {
          ...plan,
          matched: undefined,
          considered: [{ problemType: "Other", line: 2, matched: false, why: "the title differs" }],
        },
      }),
      ["no plan: unable to find action", '  line 2 "Other": the title differs'],
    ],
    [
      "what an action is going to do",
      event("action.started", { ...target, ...scaled, plan: { name: "carts-primary", before: 1, after: 2 } }),
      ["scaling carts-primary 1 → 2"],
    ],
    [
      "an action without replicas by its own words",
      event("action.started", { ...target, attempt: 0, message: "POST https://example.org", plan: {} }),
      ["POST https://example.org"],
    ],
    [
      "numbers of a missed objective",
      evaluation("fail", [indicator()]),
      ["evaluation over 30s: fail, score 0", "  response_time_p90  1,240 → target <1000: fail, score 0"],
    ],
    [
      "relative targets with the number they come to",
      evaluation("pass", [
        indicator({
          status: "pass",
          score: 1,
          value: { metric: "p", value: 0.03125, success: true, message: "", comparedValue: 2.5 },
          passTargets: [{ criteria: "<=+10%", targetValue: 2.75, violated: false }],
        }),
      ]),
      ["evaluation over 30s: pass, score 100", "  p  0.0313 (before: 2.5) → target <=+10% (2.75): pass, score 1"],
    ],
    [
      "an indicator without a value",
      evaluation("inconclusive", [
        indicator({ value: { metric: "p", value: null, success: false, message: "query returned nothing" } }),
      ]),
      ["evaluation over 30s: inconclusive: no values", "  p  no value: query returned nothing"],
    ],
    [
      "an operator's abort with the reason",
      event("remediation.aborted", { ...target, by: "ann", reason: "deploying" }),
      ["abort asked for by ann: deploying"],
    ],
    [
      "text that would steer the terminal as plain text",
      event("problem.unrouted", { problem: { ...problem, title: "a\u001b[2Jb\nc" }, reason: "x" }),
      ["not routed: a [2Jb c: x"],
    ],
    ["nothing for steps that only machines care about", event("evaluation.started", target), []],
  ] as const) {
    it(`tells ${title}`, () => assert.deepEqual(tell(told), expected));
  }

  it("says until when a run waits", () => {
    const data = { ...target, attempt: 0, retry: 0, durationMs: 20_000 };
    const told = storyLine(event("wait.triggered", data), newStory());
    assert.deepEqual(told?.lines, ["waiting 20s before the evaluation"]);
    assert.equal(told?.waitUntil?.toISOString(), "2026-01-31T12:00:20.000Z");
  });

  it("says of a paused run that its wait is over, which otherwise the next step tells", () => {
    const memory = newStory();
    const due = event("wait.finished", {
      ...target,
      status: "succeeded",
      result: "pass",
      message: "due",
      endedBy: "due",
      attempt: 0,
      lateMs: 0,
    });
    assert.deepEqual(tell(due, memory), []);
    tell(event("remediation.paused", { ...target, by: "ann", reason: "deploying" }), memory);
    assert.deepEqual(tell(due, memory), ["wait ended; goes on when resumed"]);
    tell(event("remediation.resumed", { ...target, by: "ann", reason: "done" }), memory);
    assert.deepEqual(tell(due, memory), []);
  });

  it("ends with the verdict, its reason and how long it took", () => {
    const memory = newStory();
    tell(event("remediation.triggered", { ...target, problem }), memory);
    const outcome = { status: "succeeded", result: "pass", reason: "healed" } as const;
    const data = { ...target, ...outcome, message: "m", steps: [] };
    const told = storyLine(event("remediation.finished", data, "2026-01-31T12:00:42.300Z"), memory);
    assert.deepEqual(told?.lines, ["finished in 42s: pass (healed): m"]);
    assert.deepEqual(told?.verdict, { result: "pass", reason: "healed", message: "m" });
    assert.equal(told?.tone, "good");
  });

  it("names which of several actions it is at", () => {
    const memory = newStory();
    const action = plan.actions[0]!;
    tell(event("action.triggered", { ...target, attempt: 1, attempts: 3, action, problem }), memory);
    const started = { ...target, attempt: 1, message: "", plan: { name: "carts", before: 2, after: 3 } };
    assert.deepEqual(tell(event("action.started", started), memory), ["action 2 of 3: scaling carts 2 → 3"]);
    const named = { ...action, name: "One more replica" };
    tell(event("action.triggered", { ...target, attempt: 1, attempts: 3, action: named, problem }), memory);
    const failed = {
      ...target,
      attempt: 1,
      status: "succeeded",
      result: "fail",
      message: "at its most",
      details: {},
    } as const;
    assert.deepEqual(tell(event("action.finished", failed), memory), [
      "action 2 of 3 (One more replica): failed: at its most",
    ]);
  });

  it("does not tell the problem twice when the run begins", () => {
    const memory = newStory();
    tell(event("problem", { ...target, state: "open", problem }), memory);
    assert.deepEqual(tell(event("remediation.triggered", { ...target, problem }), memory), []);
  });

  it("tells an event with unreadable data by its type", () => {
    const broken = { ...event("action.started", {} as never), data: { attempt: "x" } };
    assert.deepEqual(tell(broken), ["sh.keptn.event.action.started (unreadable data)"]);
  });

  it("renders in ASCII for terminals that have no better", () => {
    const started = { ...target, attempt: 0, message: "", plan: { name: "carts", before: 2, after: 3 } };
    const story = storyLine(event("action.started", started), newStory());
    const style = { color: false, unicode: false, timeZone: "UTC" };
    assert.deepEqual(renderStory(story!, style), ["12:00:00 * scaling carts 2 -> 3"]);
    assert.deepEqual(renderStory(story!, { ...style, unicode: true, showContext: true }), [
      "12:00:00 ● 0f5c3a52 scaling carts 2 → 3",
    ]);
  });
});
