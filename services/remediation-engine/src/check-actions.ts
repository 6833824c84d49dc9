import { writtenActions, type CheckActions, type Finding } from "@evenkeel/specs";
import { actionKinds } from "./actions/index.ts";

/** What a remediation.yaml asks for that no action can do. */
export const checkActions: CheckActions = (yaml) => {
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  for (const written of writtenActions(yaml)) {
    const kind = actionKinds.find(({ name }) => name === written.action.toLowerCase());
    if (!kind) {
      findings.push(written.unknownAction(actionKinds.map(({ name }) => name)));
      continue;
    }
    const value = kind.value.safeParse(written.value);
    if (value.success) continue;
    const complaints = value.error.issues.map(({ message, path }) => written.badValue(message, path));
    // What hands over to people must not be refused for a slip in the words that they are to read.
    (kind.then === "finish" ? warnings : findings).push(...complaints);
  }
  return { findings, warnings };
};
