import type { DataOf, PlannedAction, Problem, Reason, Result, Status, Target } from "@evenkeel/events";
import { match, type Action, type RemediationFile } from "@evenkeel/remediation";
import type { Settings } from "@evenkeel/runtime";
import {
  formatFinding,
  lookup,
  parseRemediation,
  parseService,
  parseShipyard,
  type Service,
  type Shipyard,
} from "@evenkeel/specs";
import { actionKind } from "./actions/index.ts";

type GetActionFinished = Omit<DataOf<"get-action.finished">, keyof Target>;

export interface PlanInput {
  /** The project's files at the revision that the run is pinned to: path → text. Undefined: nothing is known of it. */
  files: ReadonlyMap<string, string> | undefined;
  revision: string;
  target: Target;
  problem: Problem;
  settings: Settings["remediation"];
}

/**
 * What to do about a problem, or why nothing is done: the data of `get-action.finished`. Every way that ends the run
 * has a status, a result and a reason; messages keep Keptn's words where Keptn has some.
 */
export function makePlan(input: PlanInput): GetActionFinished {
  const { files, target } = input;
  if (!files)
    return missingFile(
      target,
      `nothing is known of project ${target.project}; upload its files with: evenkeel apply DIR`,
    );
  const shipyard = readShipyard(files);
  if ("end" in shipyard) return shipyard.end;
  const stage = shipyard.value.stages.find(({ name }) => name === target.stage);
  if (!stage) return unknownStage(target, shipyard.value);
  if (!stage.remediation) return notAutomated(target);
  const path = lookup(files, target.stage, target.service, "remediation.yaml");
  if (path === undefined) return missingFile(target, "no remediation.yaml for the service, the stage or the project");
  const file = parseRemediation(files.get(path)!);
  if (!file.ok)
    return unreadable(
      path,
      file.findings.map((finding) => formatFinding(path, finding)),
    );
  const service = readService(files, target);
  if ("end" in service) return service.end;
  return choose(input, file.value, (action) =>
    settle(action, service.value, stage.wait ?? shipyard.value.wait, input.settings),
  );
}

function choose(
  input: PlanInput,
  file: RemediationFile,
  settleAction: (action: Action) => PlannedAction,
): GetActionFinished {
  const { revision, problem, settings } = input;
  const { entry, by, considered } = match(file, problem);
  const plan = {
    revision,
    considered,
    actions: (entry?.actions ?? []).map(settleAction),
    settle: settings.settle,
    evaluationRetries: settings.evaluationRetries,
    ...(entry && by && { matched: { problemType: entry.problemType, line: entry.line, by } }),
  };
  const subject = problem.rootCause ? `root cause ${problem.rootCause}` : `problem title ${problem.title}`;
  if (!entry)
    return {
      ...end("succeeded", "fail", "no-match", `unable to find action for ${subject}${nearest(considered)}`),
      plan,
    };
  if (plan.actions.length === 0) {
    return { ...end("succeeded", "fail", "no-match", `there is no action with index 0 for ${subject}`), plan };
  }
  const count = plan.actions.length;
  const message = `${count} action${count === 1 ? "" : "s"} for "${entry.problemType}" (line ${entry.line}, matched by ${by})`;
  return { status: "succeeded", result: "pass", message, plan };
}

/** Fills in what the file leaves open; the action's own word goes before the service's, the stage's and the settings'. */
function settle(
  action: Action,
  service: Service,
  stageWait: number | undefined,
  settings: Settings["remediation"],
): PlannedAction {
  const bounds = { min: action.min ?? service.min, max: action.max ?? service.max };
  return {
    ...action,
    ...(bounds.min !== undefined && { min: bounds.min }),
    ...(bounds.max !== undefined && { max: bounds.max }),
    wait: action.wait ?? service.wait ?? stageWait ?? settings.wait,
    timeout: action.timeout ?? settings.actionTimeout,
    then: thenOf(action),
  };
}

function thenOf(action: Action): PlannedAction["then"] {
  if (actionKind(action.action)?.then === "finish") return "finish";
  return action.evaluate === false ? "next" : "evaluate";
}

type Read<T> = { value: T } | { end: GetActionFinished };

function readShipyard(files: ReadonlyMap<string, string>): Read<Shipyard> {
  const text = files.get("shipyard.yaml");
  if (text === undefined) {
    return {
      end: end("succeeded", "fail", "not-automated", "the project has no shipyard.yaml, so no stage is automated"),
    };
  }
  const parsed = parseShipyard(text);
  if (parsed.ok) return { value: parsed.value };
  return {
    end: unreadable(
      "shipyard.yaml",
      parsed.findings.map((finding) => formatFinding("shipyard.yaml", finding)),
    ),
  };
}

function readService(files: ReadonlyMap<string, string>, target: Target): Read<Service> {
  const path = lookup(files, target.stage, target.service, "service.yaml");
  if (path === undefined) return { value: {} };
  const parsed = parseService(files.get(path)!);
  if (parsed.ok) return { value: parsed.value };
  return {
    end: unreadable(
      path,
      parsed.findings.map((finding) => formatFinding(path, finding)),
    ),
  };
}

function missingFile({ stage, service }: Target, detail: string): GetActionFinished {
  const message = `Could not get remediation.yaml file for services ${service} in stage ${stage}: ${detail}`;
  return end("errored", "fail", "no-remediation-file", message);
}

function unknownStage({ project, stage }: Target, shipyard: Shipyard): GetActionFinished {
  const known = shipyard.stages.map(({ name }) => name).join(", ");
  return end("errored", "fail", "errored", `stage ${stage} is not in the shipyard of ${project}, which has: ${known}`);
}

function notAutomated({ stage }: Target): GetActionFinished {
  const how = "set remediation_strategy: automated on it (0.6), or give it a sequence named remediation (0.2)";
  return end("succeeded", "fail", "not-automated", `remediation is not automated for stage ${stage}; ${how}`);
}

function unreadable(path: string, findings: readonly string[]): GetActionFinished {
  const name = path.split("/").at(-1);
  const message = `Could not parse ${name} file. Please validate it against the specification. ${findings.join("; ")}`;
  return end("errored", "fail", "invalid-file", message);
}

function nearest(considered: readonly { problemType: string; line: number; why: string }[]): string {
  if (considered.length === 0) return ": the file has no entries";
  const near = considered.find(({ why }) => / differs | begins alike/.test(` ${why}`)) ?? considered[0]!;
  return `; nearest: "${near.problemType}" (line ${near.line}): ${near.why}`;
}

function end(status: Status, result: Result, reason: Reason, message: string): GetActionFinished {
  return { status, result, reason, message };
}
