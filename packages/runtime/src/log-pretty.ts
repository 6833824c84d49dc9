const LEVELS: Readonly<Record<number, readonly [string, string]>> = {
  10: ["TRACE", "90"],
  20: ["DEBUG", "90"],
  30: ["INFO ", "36"],
  40: ["WARN ", "33"],
  50: ["ERROR", "31"],
  60: ["FATAL", "35"],
};
const OWN = new Set(["level", "time", "msg", "name", "err", "pid", "hostname"]);

/** One JSON line of the log → one line for a person: `12:00:01.250 INFO  engine action triggered context=… attempt=2`. */
export function prettyLine(json: string, colour: boolean): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json;
  }
  const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [label, code] = LEVELS[Number(entry["level"])] ?? ["     ", "0"];
  const parts = [paint("90", clock(entry["time"])), paint(code, label)];
  if (typeof entry["name"] === "string") parts.push(paint("90", oneLine(entry["name"])));
  if (typeof entry["msg"] === "string") parts.push(oneLine(entry["msg"]));
  for (const [key, value] of Object.entries(entry)) {
    if (!OWN.has(key)) parts.push(`${paint("90", `${oneLine(key)}=`)}${fieldText(value)}`);
  }
  return `${parts.join(" ")}\n${errorLines(entry["err"])}`;
}

function clock(time: unknown): string {
  const date = new Date(typeof time === "number" || typeof time === "string" ? time : 0);
  const pad = (value: number, width = 2) => String(value).padStart(width, "0");
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

function fieldText(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return /^[\w.,:/@%+*-]+$/.test(value) ? value : JSON.stringify(value);
}

function oneLine(text: string): string {
  return text.replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

function errorLines(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const { stack, message, type } = error as { stack?: string; message?: string; type?: string };
  const text = stack || `${type ?? "Error"}: ${message ?? ""}`;
  return text
    .split("\n")
    .map((line) => `    ${line.trim()}\n`)
    .join("");
}
