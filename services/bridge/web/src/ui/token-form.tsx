import type { JSX } from "preact";
import { needsToken } from "../api.ts";
import { token } from "../prefs.ts";

/** Asked for only where the server wants one. It stays in this browser. */
export function TokenForm(): JSX.Element | null {
  if (!needsToken.value) return null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const field = new FormData(event.currentTarget as HTMLFormElement).get("token");
    token.value = typeof field === "string" ? field.trim() : "";
    location.reload();
  };
  return (
    <form class="notice tone-warn" onSubmit={submit}>
      <label>
        {token.value ? "The server does not know this token. " : "This server wants an API token. "}
        <input name="token" type="password" autocomplete="current-password" required />
      </label>
      <button type="submit">Use it</button>
    </form>
  );
}
