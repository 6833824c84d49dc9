import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const stored = (name: string) => {
  try {
    return localStorage.getItem(`evenkeel.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
};

function kept<T extends string>(name: string, choices: readonly T[]) {
  const found = stored(name);
  const value = signal<T>(choices.find((choice) => choice === found) ?? choices[0]!);
  effect(() => remember(name, value.value));
  return value;
}

function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`evenkeel.${name}`, value);
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

export const theme = kept<Theme>("theme", ["system", "light", "dark"]);
export const zone = kept<"local" | "utc">("zone", ["local", "utc"]);
export const shortcuts = kept<"on" | "off">("shortcuts", ["on", "off"]);

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
});

/** API token, where the server wants one. */
export const token = signal(stored("token") ?? "");
effect(() => remember("token", token.value));
