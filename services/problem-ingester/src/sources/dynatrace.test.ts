import assert from "node:assert/strict";
import { Settings, sourceSettings } from "@evenkeel/runtime";
import { ZodError } from "zod";
import { dynatrace } from "./dynatrace.ts";
import { OCCURRENCE, OPEN, PID, RESOLVED, TEST_BUTTON, wrapped } from "./fixtures/dynatrace.ts";

const { mapping } = sourceSettings(Settings.parse({}), "dynatrace");
const read = (body: unknown) => dynatrace.read(body, mapping).alerts[0]!;
const episode = (body: unknown) => {
  const { fingerprint, startedAt } = read(body);
  return `${fingerprint} ${startedAt}`;
};
const STARTED = "2020-01-09T09:11:00.000Z";
const carts = { project: "sockshop", stage: "production", service: "carts" };
const without = (...keys: (keyof typeof OPEN)[]) =>
  Object.fromEntries(Object.entries(OPEN).filter(([key]) => !keys.includes(key as keyof typeof OPEN)));

describe("dynatrace", () => {
  it("reads an open problem of Keptn's template", () => {
    const { raw, ...alert } = read(OPEN);
    assert.deepEqual(raw, OPEN);
    assert.deepEqual(alert, {
      fingerprint: PID,
      startedAt: STARTED,
      state: "open",
      problem: {
        id: PID,
        source: "dynatrace",
        title: "Response time degradation",
        severity: "warning",
        labels: {
          keptn_service: "carts",
          keptn_deployment: "primary",
          keptn_project: "sockshop",
          keptn_stage: "production",
        },
        url: OPEN.ProblemURL,
        startedAt: STARTED,
      },
      route: { routed: true, target: carts },
    });
  });

  for (const [name, body] of [
    ["wrapped as a CloudEvent 0.2", wrapped(OPEN)],
    ["wrapped as a CloudEvent 1.0", wrapped(OPEN, "1.0")],
    ["wrapped, with its data as text", wrapped(JSON.stringify(OPEN))],
    ["details as text", { ...OPEN, ProblemDetails: JSON.stringify(OPEN.ProblemDetails) }],
    ["details as text that is no JSON", { ...OPEN, ProblemDetails: '{"problemDetails": "a "quote""}' }],
    ["no details", without("ProblemDetails")],
    ["details under the placeholder's name", { ...without("ProblemDetails"), ProblemDetailsJSON: OPEN.ProblemDetails }],
    ["numeric ProblemID", { ...OPEN, ProblemID: 496 }],
    ["PID that is the occurrence", { ...without("ProblemDetails", "ProblemURL"), PID: OCCURRENCE }],
    ["ImpactedEntities as text", { ...OPEN, ImpactedEntities: "ItemsController" }],
    [
      "keys in lower case",
      Object.fromEntries(Object.entries(OPEN).map(([k, v]) => [k[0]!.toLowerCase() + k.slice(1), v])),
    ],
    ["tags without blanks", { ...OPEN, Tags: OPEN.Tags.replaceAll(", ", ",") }],
    ["tags as a list", { ...OPEN, Tags: OPEN.Tags.split(", ") }],
    ["tags with contexts", { ...OPEN, Tags: OPEN.Tags.replaceAll("keptn_", "[Environment]keptn_") }],
    ["no tags but those in the details", without("Tags")],
    ["tags with a value of colons", { ...OPEN, Tags: `url:http://a:80/x, [Kubernetes]image:carts:1.2, ${OPEN.Tags}` }],
    [
      "fixed fields",
      {
        ...without("Tags", "ProblemDetails"),
        KeptnProject: "sockshop",
        KeptnStage: "production",
        KeptnService: "carts",
      },
    ],
    ["fixed fields that tags override", { ...OPEN, KeptnProject: "other", KeptnStage: "dev", KeptnService: "front" }],
    [
      "a fixed service beside an app tag",
      {
        ...OPEN,
        Tags: "keptn_project:sockshop, keptn_stage:production, app:x",
        ProblemDetails: { id: OCCURRENCE },
        KeptnService: "carts",
      },
    ],
    ["fields of Keptn 0.6", { ...without("Tags"), ...carts }],
  ] as const) {
    it(`same episode and service: ${name}`, () => {
      const alert = read(body);
      assert.equal(episode(body), `${PID} ${STARTED}`);
      assert.deepEqual([alert.state, alert.route], ["open", { routed: true, target: carts }]);
    });
  }

  it("keeps what follows the first colon of a tag", () => {
    const { labels } = read({
      ...OPEN,
      Tags: "[Kubernetes]image:registry:5000/carts:1.2, blank : x , testtag",
    }).problem;
    assert.equal(labels["image"], "registry:5000/carts:1.2");
    assert.deepEqual([labels["blank"], labels["testtag"]], ["x", ""]);
  });

  for (const [name, body, state] of [
    ["RESOLVED", RESOLVED, "resolved"],
    ["CLOSED", { ...OPEN, State: "CLOSED" }, "resolved"],
    ["MERGED", { ...OPEN, State: "MERGED" }, "merged"],
    ["OPEN in lower case", { ...OPEN, State: "open" }, "open"],
    ["OPEN that comes late: its details are closed", { ...RESOLVED, State: "OPEN" }, "resolved"],
    ["no State, but details with a status", { ...RESOLVED, State: undefined }, "resolved"],
    ["an unknown state", { ...OPEN, State: "REFRESHED" }, "info"],
  ] as const) {
    it(`${name} is ${state}, in the same episode`, () => {
      assert.equal(read(body).state, state);
      assert.equal(episode(body), episode(OPEN));
    });
  }

  it("OPEN with details and RESOLVED without are one episode: the URL names it", () => {
    assert.equal(episode({ ...without("ProblemDetails"), State: "RESOLVED" }), episode(OPEN));
  });

  it("dynatrace-service#336: a reopened problem is another episode", () => {
    const again = { ...OPEN, ProblemDetails: { ...OPEN.ProblemDetails, id: `${PID}_1578999999000V2` } };
    assert.notEqual(episode(again), episode(OPEN));
    const bare = without("ProblemURL");
    const later = (startTime: number) => ({ ...bare, ProblemDetails: { startTime } });
    assert.notEqual(episode(later(1578561300000)), episode(later(1578561300001)));
  });

  it("has the PID alone when nothing says when the problem began", () => {
    assert.equal(episode(without("ProblemDetails", "ProblemURL")), `${PID} `);
  });

  it("the tenant's test button never acts, whatever its tags", () => {
    for (const body of [TEST_BUTTON, { ...TEST_BUTTON, Tags: OPEN.Tags }, wrapped({ ...TEST_BUTTON, PID: 99999 })]) {
      const { state, ignore } = read(body);
      assert.equal(state, "info");
      assert.match(ignore!, /test notification/);
    }
  });

  it("does not choose between several services", () => {
    const { route } = read({ ...OPEN, Tags: `${OPEN.Tags}, keptn_service:orders` });
    assert.ok(!route.routed);
    assert.equal(route.reason, "keptn_service names more than one service: carts, orders");
  });

  it("dynatrace-service#666: without a stage it is not routed, and says why", () => {
    const { route } = read({ ...without("ProblemDetails"), Tags: "keptn_project:sockshop, keptn_service:carts" });
    assert.ok(!route.routed);
    assert.equal(route.reason, "no label says which stage: looked at keptn_stage, stage, namespace");
  });

  for (const [level, severity] of [
    ["AVAILABILITY", "critical"],
    ["ERROR", "error"],
    ["PERFORMANCE", "warning"],
    ["RESOURCE_CONTENTION", "warning"],
    ["CUSTOM_ALERT", "warning"],
    ["SOMETHING_NEW", "unknown"],
  ] as const) {
    it(`severity ${level} is ${severity}`, () => {
      assert.equal(read({ ...OPEN, ProblemSeverity: level }).problem.severity, severity);
      assert.equal(read({ ...OPEN, ProblemDetails: { severityLevel: level } }).problem.severity, severity);
    });
  }

  it("reads the newer details, with entity tags", () => {
    const details = {
      problemId: OCCURRENCE,
      displayId: "P-496",
      status: "OPEN",
      entityTags: OPEN.ProblemDetails.tagsOfAffectedEntities,
    };
    const body = { ...without("Tags", "ProblemURL", "ProblemDetails"), ProblemDetailsJSONv2: details };
    assert.equal(episode(body), `${PID} ${STARTED}`);
    assert.deepEqual(read(body).route.target, carts);
  });

  for (const [name, body, path] of [
    ["no id", { State: "OPEN" }, "PID"],
    ["no state", { PID: "1" }, "State"],
    ["a state that is no text", { PID: "1", State: { a: 1 } }, "State"],
  ] as const) {
    it(`refuses ${name} and points at ${path}`, () => {
      assert.throws(
        () => read(body),
        (error) => error instanceof ZodError && error.issues[0]?.path.join("/") === path,
      );
    });
  }

  it("refuses what is no object", () => {
    for (const body of [[], 7, null, "OPEN", [OPEN]]) assert.throws(() => read(body), ZodError);
  });
});
