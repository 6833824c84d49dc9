/** The parts of the router's layers that are looked at (router 2). */
interface Layer {
  route?: { methods: Readonly<Record<string, boolean>> };
  handle?: { stack?: readonly Layer[] };
  /** What it matched, of which `path` is the part that belongs to this layer; falsy for no match. */
  match(path: string): { path: string } | undefined | false;
}

/** The methods that some route has for a path, for the Allow header of a 405. */
export function allowedMethods(handler: unknown, path: string): string[] {
  const stack = (handler as { router?: { stack?: readonly Layer[] } }).router?.stack ?? [];
  const methods = new Set<string>();
  collect(stack, path, methods);
  if (methods.has("GET")) methods.add("HEAD");
  return [...methods].sort();
}

function collect(stack: readonly Layer[], path: string, methods: Set<string>): void {
  for (const layer of stack) {
    const inner = layer.handle?.stack;
    if (!layer.route && !inner) continue;
    const match = matching(layer, path);
    if (!match) continue;
    for (const method of Object.keys(layer.route?.methods ?? {})) methods.add(method.toUpperCase());
    if (inner && !layer.route) collect(inner, path.slice(match.path.length) || "/", methods);
  }
}

/** A parameter with a bad percent escape makes `match` throw. */
function matching(layer: Layer, path: string): { path: string } | undefined | false {
  try {
    return layer.match(path);
  } catch {
    return undefined;
  }
}
