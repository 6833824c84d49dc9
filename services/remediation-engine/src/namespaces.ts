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
