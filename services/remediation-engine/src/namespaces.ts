/**
 * Why the files of a project may not name a namespace; undefined when they may. Where Evenkeel acts is for its operator
 * to say: files come from whoever may upload them, and the cluster's rights are Evenkeel's own.
 * @param named by service.yaml or by the action's target; undefined when neither does
 * @param own what the settings' pattern gives for the target
 * @param allowed others that the operator has listed
 */
export function namespaceRefusal(
  named: string | undefined,
  own: string,
  allowed: readonly string[],
): string | undefined {
  if (named === undefined || named === own || allowed.includes(named)) return undefined;
  return (
    `namespace ${named} is not the project's: kubernetes.namespacePattern gives ${own}, ` +
    `and kubernetes.allowedNamespaces does not list it`
  );
}

/**
 * Another project whose namespace the pattern's may be: by `{project}-{stage}` the stage `b-production` of project `a` and
 * the stage `production` of project `a-b` are one. Stages are named by whoever uploads files, projects by who hands out
 * tokens: so it belongs to the project with the longest name.
 * @param own what the settings' pattern gives for the project
 * @param projects all that there are
 */
export function namespaceRival(
  own: string,
  pattern: string,
  project: string,
  projects: readonly string[],
): string | undefined {
  if (!pattern.includes("{project}")) return undefined;
  const longer = projects.filter((other) => other.length > project.length);
  return longer.find((other) => canGive(own, pattern.replaceAll("{project}", other)));
}

/** Whether some names of a stage and a service make this namespace of a pattern. */
function canGive(namespace: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split(/\{(?:stage|service)\}/);
  if (rest.length === 0) return namespace === pattern;
  const last = rest.pop()!;
  if (namespace.length < first.length + last.length) return false;
  if (!namespace.startsWith(first) || !namespace.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = namespace.indexOf(part, at + 1);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at < namespace.length - last.length;
}
