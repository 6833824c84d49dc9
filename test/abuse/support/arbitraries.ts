import fc from "fast-check";
import { HOSTILE_TEXTS } from "./hostile-texts.ts";

const short = Object.values(HOSTILE_TEXTS).map((text) => text.slice(0, 200));

/** Words that some parser of ours takes for something, in any order, with noise between them. */
export function textOf(...words: readonly string[]): fc.Arbitrary<string> {
  const word = words.length > 0 ? fc.constantFrom(...words) : fc.constant("");
  const noise = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.constantFrom(...short),
  );
  const parts = fc.oneof({ arbitrary: word, weight: 6 }, { arbitrary: noise, weight: 1 });
  return fc.array(parts, { maxLength: 12 }).map((list) => list.join(""));
}

/** Any JSON value, numbers beyond measure and odd keys included. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom<unknown>(
      null,
      true,
      false,
      0,
      -0,
      1,
      -1,
      1.5,
      1e308,
      5e-324,
      2 ** 53,
      "",
      "1",
      "open",
      "NaN",
      "+Inf",
    ),
    fc.constantFrom<unknown>(...short, "2026-01-31T12:00:00Z", "0000-01-01T00:00:00Z", "production"),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ maxLength: 8 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("toString", "valueOf", "length", "then", "id", "type", "")),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
})).value;

/** A value of a known form in which some parts are something else. */
export function spoiled(value: unknown): fc.Arbitrary<unknown> {
  const places = placesOf(value);
  const change = fc.record({ at: fc.constantFrom(...places), by: fc.option(anyJson, { nil: undefined }) });
  return fc.array(change, { maxLength: 3 }).map((changes) => {
    let copy: unknown = structuredClone(value);
    for (const { at, by } of changes) copy = put(copy, at, by);
    return copy;
  });
}

/** A text with pieces cut out, doubled, moved, or replaced by words. */
export function mangled(texts: readonly string[], words: readonly string[]): fc.Arbitrary<string> {
  const cut = fc.record({
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat({ max: 40 }),
    by: fc.oneof(fc.constantFrom("", ...words), fc.constantFrom("", ...short), fc.string({ maxLength: 4 })),
    twice: fc.boolean(),
  });
  return fc.tuple(fc.constantFrom(...texts), fc.array(cut, { maxLength: 4 })).map(([text, cuts]) => {
    let out = text;
    for (const { from, length, by, twice } of cuts) {
      const at = Math.floor(from * out.length);
      out = out.slice(0, at) + (twice ? out.slice(at, at + length) : "") + by + out.slice(at + (twice ? 0 : length));
    }
    return out;
  });
}

type Place = readonly (string | number)[];

function placesOf(value: unknown, place: Place = []): Place[] {
  if (typeof value !== "object" || value === null) return [place];
  const keys = Array.isArray(value) ? value.map((_, n) => n) : Object.keys(value);
  return [place, ...keys.flatMap((key) => placesOf((value as Record<string | number, unknown>)[key], [...place, key]))];
}

/** `undefined` takes the part away. An earlier change may have taken the place itself away. */
function put(value: unknown, place: Place, by: unknown): unknown {
  const [key, ...rest] = place;
  if (key === undefined) return by ?? {};
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return value;
  const holder = value as Record<string | number, unknown>;
  if (rest.length > 0) holder[key] = put(holder[key], rest, by);
  else if (by === undefined && Array.isArray(holder)) holder.splice(Number(key), 1);
  else if (by === undefined) delete holder[key];
  else holder[key] = by;
  return value;
}
