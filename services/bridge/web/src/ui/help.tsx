import type { JSX } from "preact";
import { helpOpen, KEYS } from "../keys.ts";
import { shortcuts } from "../prefs.ts";
import { Dialog } from "./dialog.tsx";

export function Help(): JSX.Element | null {
  if (!helpOpen.value) return null;
  return (
    <Dialog title="Keyboard" onClose={() => (helpOpen.value = false)}>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (key === "/" && keys.length > 1 ? " / " : <kbd key={key}>{key}</kbd>))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={shortcuts.value === "on"}
          onChange={() => (shortcuts.value = shortcuts.value === "on" ? "off" : "on")}
        />
        Single keys are shortcuts
      </label>
      <div class="dialog-actions">
        <button type="button" onClick={() => (helpOpen.value = false)}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
