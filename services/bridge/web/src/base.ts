// Built files lie in <base>/assets/, wherever that is: a proxy may have put us below a path of its own.
const found = new URL("..", import.meta.url);

/** Path of the page's root, with slashes around it. */
export const base = found.pathname;

/** `/remediations` → the path with what a proxy has put before it. */
export function href(path: string): string {
  return base + path.replace(/^\//, "");
}
