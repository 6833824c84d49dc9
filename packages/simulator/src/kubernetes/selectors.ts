import { badRequest } from "./status.ts";

type Labels = Record<string, string>;

/** Turns a label selector (`a=b,c!=d,e in (f,g),h,!i`) into a test. Throws a `Refusal` 400 on anything else. */
export function labelSelector(text: string): (labels: Labels) => boolean {
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  const tests = parts.filter((part) => part !== "").map(requirement);
  return (labels) => tests.every((test) => test(labels));
}

function requirement(text: string): (labels: Labels) => boolean {
  const equality = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(text);
  if (equality) {
    const [, key, op, value] = equality;
    return (labels) => (labels[key!] === value) === (op !== "!=");
  }
  const set = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
  if (set) {
    const [, key, op, list] = set;
    const values = new Set(list!.split(",").map((value) => value.trim()));
    return (labels) => values.has(labels[key!] ?? "") === (op === "in");
  }
  const presence = /^(!?)([\w./-]+)$/.exec(text);
  if (presence) return (labels) => Object.hasOwn(labels, presence[2]!) === (presence[1] === "");
  throw badRequest(`unable to parse requirement: found '${text}'`);
}
