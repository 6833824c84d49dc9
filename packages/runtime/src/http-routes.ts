/** The parts of the router's layers that are looked at; both exist in router 2. */
interface Layer {
  route?: { methods: Readonly<Record<string, boolean>> };
  handle?: { stack?: readonly Layer[] };
  match(path: string): boolean;
  path?: string;
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
    if ((!layer.route && !inner) || !matches(layer, path)) continue;
    for (const method of Object.keys(layer.route?.methods ?? {})) methods.add(method.toUpperCase());
    if (inner && !layer.route) collect(inner, path.slice(layer.path?.length ?? 0) || "/", methods);
  }
}

/** A parameter with a bad percent escape makes `match` throw. */
function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
