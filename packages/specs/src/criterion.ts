const NUMBER = "(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?";
const CRITERION = new RegExp(`^(?:<=|<|=|>=|>)[+-]?(${NUMBER})%?$`);

/** Undefined when a criterion such as `<=+10%` or `<600` is well formed, else what was expected. Blanks do not matter. */
export function criterionTrouble(written: string): string | undefined {
  const criterion = written.replace(/\s/g, "");
  const number = CRITERION.exec(criterion)?.[1];
  if (number !== undefined) return Number.isFinite(Number(number)) ? undefined : "a number that is not so large";
  if (!/^[<>=]/.test(criterion)) return "a criterion that begins with <=, <, =, >= or >";
  if (/^(?:==|=<|=>)/.test(criterion)) return "one of the operators <=, <, =, >= or >";
  return "a criterion such as <600, <=+10% or >=-20%: an operator, a number without unit, perhaps %";
}
