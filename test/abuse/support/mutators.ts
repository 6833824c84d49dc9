import { HOSTILE_TEXTS } from "./hostile-texts.ts";
import type { Sent } from "./payloads.ts";
import type { Random } from "../../support/random.ts";

/** Spoils a request in one way. `value` is what its body holds. */
export type Mutator = (sent: Sent, value: unknown, random: Random) => Sent;

type Path = (string | number)[];

const texts = Object.values(HOSTILE_TEXTS);

const bytes = (change: (body: Buffer, random: Random) => Buffer | string): Mutator => {
  return (sent, _value, random) => ({ ...sent, body: Buffer.from(change(sent.body, random)) });
};
const tree = (change: (value: unknown, random: Random) => unknown): Mutator => {
  return (sent, value, random) => {
    const text = JSON.stringify(change(structuredClone(value), random));
    return { ...sent, body: Buffer.from(text ?? "") };
  };
};
/** Puts another value in the place of one that is picked by chance. */
const leaf = (make: (random: Random, old: unknown) => unknown): Mutator =>
  tree((value, random) => replaced(value, random.pick(paths(value)), (old) => make(random, old)));
/** Puts JSON text of its own in the place of one value: what JSON.stringify cannot be made to write. */
const raw = (make: (random: Random) => string): Mutator => {
  return (sent, value, random) => {
    const marked = replaced(structuredClone(value), random.pick(paths(value)), () => "@@here@@");
    return { ...sent, body: Buffer.from(JSON.stringify(marked).replace('"@@here@@"', () => make(random))) };
  };
};
const headers = (change: (random: Random, sent: Sent) => Record<string, string | undefined>): Mutator => {
  return (sent, _value, random) => {
    const changed = Object.entries({ ...sent.headers, ...change(random, sent) });
    const kept = changed.filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { ...sent, headers: Object.fromEntries(kept) };
  };
};
const key = (name: (random: Random) => string, make: (random: Random) => unknown): Mutator =>
  tree((value, random) => {
    const objects = paths(value).filter((path) => isObject(at(value, path)));
    return replaced(value, random.pick(objects.length > 0 ? objects : [[]]), (old) => {
      const entries = isObject(old) ? Object.entries(old) : [];
      return Object.fromEntries([...entries, [name(random), make(random)]]);
    });
  });

const TIMES = [
  ...["0000-00-00T00:00:00Z", "0000-01-01T00:00:00Z", "-000001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59"],
  ...["9999-12-31T23:59:59-23:59", "+275760-09-13T00:00:00.001Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z"],
  ...["2026-01-01T00:00:60Z", "2026-01-01", "12:00", "2026-01-01T00:00:00", "2026-01-01T00:00:00+99:99", "now"],
  ...["2026-01-01T00:00:00.123456789123456789Z", "1e9", "1769860800", "Invalid Date", "2026-01-01T00:00:00Z\n"],
];
const CONTENT_TYPES = [
  ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"],
  ...["application/json; charset=latin1", "application/json; charset=utf-16", 'application/json;charset="utf-8"'],
  ...["application/json;;;;", "application/json, text/plain", "application/jsonx", "json", "*/*", ";", "application/"],
  ...["application/cloudevents", "application/cloudevents+xml", "application/cloudevents-batch", "APPLICATION/JSON"],
  ...["application/cloudevents-batch+json", "application/cloudevents+json; charset=utf-8", "application/yaml"],
];
const CE_VALUES = [
  ...[
    "%",
    "%2",
    "%zz",
    "%00",
    "%0d%0a",
    "%ff",
    "%C0%80",
    "%ED%A0%80",
    "%25%32%35",
    "%F4%90%80%80",
    '"',
    '"\\"',
    '"a\\',
  ],
  ...[
    '"a" b',
    "\u00e9\u00ff",
    "",
    " ",
    "%E2%80%A8",
    "%22%7B%7D",
    "../..",
    "x".repeat(8_000),
    "null",
    "[object Object]",
  ],
];
const PATHS = [
  ...["/v1/webhooks/%", "/v1/webhooks/%00", "/v1/webhooks/%ff", "/v1/webhooks/..%2f..%2fmetrics", "/v1/webhooks/"],
  ...["/v1/webhooks//alertmanager", "/v1/webhooks/alertmanager/", "/V1/events", "/v1/events;a=b", "/v1/events?a=%"],
  ...["/v1/events?__proto__=1&constructor[prototype]=2", "/v1/webhooks/__proto__", "/v1/webhooks/constructor"],
  ...["/v1/webhooks/toString", `/v1/webhooks/${"a".repeat(7_000)}`, "/v1/event%73", "//v1/events", "/./v1/events"],
];

/** Named, so that a finding says what it was. */
export const MUTATORS: Readonly<Record<string, Mutator>> = {
  // what arrives is not the whole, or not the same
  truncated: bytes((body, random) => body.subarray(0, random.below(body.length))),
  empty: bytes(() => ""),
  "blanks only": bytes(() => " \r\n\t "),
  "a byte changed": bytes((body, random) => {
    const copy = Buffer.from(body);
    copy[random.below(copy.length)] = random.below(256);
    return copy;
  }),
  "bytes left out": bytes((body, random) => {
    const from = random.below(body.length);
    return Buffer.concat([body.subarray(0, from), body.subarray(from + 1 + random.below(20))]);
  }),
  "bytes twice": bytes((body, random) => {
    const from = random.below(body.length);
    return Buffer.concat([body.subarray(0, from + random.below(40)), body.subarray(from)]);
  }),
  "two documents": bytes((body) => Buffer.concat([body, body])),
  "text behind the end": bytes((body, random) => `${body}${random.pick(["}", "]", ",", "x", "\0", "//", "<!--"])}`),
  // encodings
  "byte order mark": bytes((body) => Buffer.concat([Buffer.from("\ufeff"), body])),
  "UTF-16": bytes((body) => Buffer.from(`\ufeff${body}`, "utf16le")),
  "bad UTF-8": bytes((body, random) => {
    const bad = random.pick(["ff", "c080", "eda080", "f4908080", "e28", "fe", "80", "f8888080"]);
    const at = body.indexOf(0x22, random.below(body.length - 10)) + 1;
    return Buffer.concat([body.subarray(0, at), Buffer.from(bad, "hex"), body.subarray(at)]);
  }),
  "NUL byte": bytes((body, random) => {
    const at = random.below(body.length);
    return Buffer.concat([body.subarray(0, at), Buffer.from([0]), body.subarray(at)]);
  }),
  "unescaped control character": raw((random) => `"a${String.fromCharCode(random.below(32))}b"`),
  "escaped NUL and lone surrogates": raw((random) =>
    random.pick([
      '"\\u0000"',
      '"\\ud800"',
      '"\\udc00 x"',
      '"a\\udfffb\\u0000"',
      '{"\\u0000":1}',
      '{"\\ud83d":"\\ud83d"}',
    ]),
  ),
  "bad escapes": raw((random) => random.pick(['"\\x41"', '"\\u12"', '"\\"', '"\\ud83d\\u"', "'a'", '"\\0"', '"\\a"'])),
  // numbers
  "numbers beyond measure": raw((random) =>
    random.pick(["1e999", "-1e999", "1e308", "5e-324", "9".repeat(400), "-0", "0e99999", `0.${"3".repeat(500)}`]),
  ),
  "whole numbers past 2^53": raw((random) => random.pick(["9007199254740993", "-9223372036854775809", "2e53", "-1"])),
  "no numbers": raw((random) =>
    random.pick(["01", "+1", ".5", "5.", "0x10", "NaN", "Infinity", "-", "1e", "undefined"]),
  ),
  // syntax of relatives of JSON
  "commas and comments": raw((random) => random.pick(["[1,]", '{"a":1,}', "/* x */1", "[,]", "{,}", "1//x", "{a:1}"])),
  "repeated keys": raw(() => '{"a":1,"a":2,"status":"firing","status":"resolved"}'),
  // sizes
  "deep lists": raw((random) => {
    const depth = random.pick([60, 64, 65, 1_000, 100_000]);
    return "[".repeat(depth) + "]".repeat(depth);
  }),
  "deep mappings": raw((random) => {
    const depth = random.pick([60, 64, 65, 1_000, 50_000]);
    return '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
  }),
  "brackets without end": raw((random) => random.pick(["[", '{"a":', "[{"]).repeat(random.pick([50, 100_000]))),
  "ten thousand keys": raw((random) => {
    const count = random.pick([9_000, 10_000, 10_001, 30_000]);
    return `{${Array.from({ length: count }, (_, n) => `"k${n}":${n}`).join(",")}}`;
  }),
  "a long list": raw(
    (random) => `[${new Array(random.pick([100, 5_000, 200_000])).fill(random.pick([0, "{}", '""'])).join(",")}]`,
  ),
  "a long text": raw((random) => `"${"x".repeat(random.pick([1_000, 262_144, 262_145, 900_000]))}"`),
  "as much as is taken": bytes((body) => Buffer.concat([body, Buffer.alloc(1_048_576 - body.length, " ")])),
  "one byte too many": bytes((body) => Buffer.concat([body, Buffer.alloc(1_048_577 - body.length, " ")])),
  // other values where one is expected
  "another root": tree((value, random) =>
    random.pick([null, true, 0, "", "text", [], [[]], {}, [null], [value], { value }]),
  ),
  "null somewhere": leaf(() => null),
  "a number somewhere": leaf((random) => random.pick([0, -1, 1.5, 1e21])),
  "a boolean somewhere": leaf((random) => random.pick([true, false])),
  "a list somewhere": leaf((random, old) => random.pick([[], [old], [old, old], [[[old]]]])),
  "a mapping somewhere": leaf((random, old) =>
    random.pick<object>([{}, { old }, { toString: 1 }, { length: 3, 0: "a" }]),
  ),
  "hostile text somewhere": leaf((random) => random.pick(texts)),
  "hostile texts everywhere": tree((value, random) => everywhere(value, () => random.pick(texts).slice(0, 300))),
  "another time": leaf((random, old) => (typeof old === "string" ? random.pick(TIMES) : old)),
  "a list that repeats": leaf((random, old) =>
    new Array(random.pick([2, 50, 300])).fill(Array.isArray(old) ? old[0] : old),
  ),
  // keys
  "keys of prototypes": key(
    (random) => random.pick(["__proto__", "constructor", "prototype"]),
    (random) => random.pick([{ polluted: "yes" }, { prototype: { polluted: "yes" } }, "x", null]),
  ),
  "keys that mean something": key(
    (random) => random.pick(["hasOwnProperty", "toString", "valueOf", "then", "toJSON", "__defineGetter__", "length"]),
    (random) => random.pick([1, "x", null, {}]),
  ),
  "hostile key": key(
    (random) => random.pick(texts),
    () => "value",
  ),
  "a key gone": tree((value, random) => without(value, random.pick(paths(value)))),
  // around the body
  "another content-type": headers((random) => ({ "content-type": random.pick([undefined, ...CONTENT_TYPES]) })),
  "a content-encoding": headers((random) => ({
    "content-encoding": random.pick(["gzip", "br", "x", "identity", "a, b"]),
  })),
  "ce- headers of any kind": headers((random, sent) => ({
    ...("ce-type" in sent.headers ? {} : { "ce-specversion": "1.0", "ce-type": "a.b", "ce-id": "1", "ce-source": "x" }),
    [random.pick([
      "ce-id",
      "ce-source",
      "ce-type",
      "ce-time",
      "ce-specversion",
      "ce-data",
      "ce-toString",
      "ce-shkeptncontext",
    ])]: random.pick(CE_VALUES),
  })),
  "ce- headers gone": headers((random) => ({
    [random.pick(["ce-id", "ce-source", "ce-type", "ce-specversion"])]: undefined,
  })),
  "another path": (sent, _value, random) => ({ ...sent, path: random.pick(PATHS) }),
  "another method": (sent, _value, random) => ({
    ...sent,
    method: random.pick(["PUT", "DELETE", "PATCH", "OPTIONS", "GET"]),
  }),
  "foreign names in headers": headers((random) => ({
    [random.pick(["origin", "x-request-id", "authorization", "x-token", "x-forwarded-for", "cookie", "if-match"])]:
      random.pick(["null", "https://evil.invalid", "Bearer x", "%s", "\u00ff", "a".repeat(9_000), "127.0.0.1"]),
  })),
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Every place in a value, the value itself first. */
function paths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const keys = Array.isArray(value) ? value.map((_, n) => n) : Object.keys(value);
  return [path, ...keys.flatMap((step) => paths((value as Record<string | number, unknown>)[step], [...path, step]))];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, step) => (inside as Record<string | number, unknown>)[step], value);
}

function replaced(value: unknown, path: Path, make: (old: unknown) => unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return make(value);
  const parent = at(value, path.slice(0, -1)) as Record<string | number, unknown>;
  parent[last] = make(parent[last]);
  return value;
}

function without(value: unknown, path: Path): unknown {
  const last = path.at(-1);
  if (last === undefined) return {};
  const parent = at(value, path.slice(0, -1)) as Record<string | number, unknown>;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return value;
}

function everywhere(value: unknown, make: () => string): unknown {
  if (typeof value === "string") return make();
  if (Array.isArray(value)) return value.map((inner) => everywhere(inner, make));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, everywhere(inner, make)]));
}
