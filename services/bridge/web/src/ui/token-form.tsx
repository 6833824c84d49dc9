import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { token } from "../prefs.ts";
import { useTitle } from "./parts.tsx";

/** In place of a page that the server does not give without a token. It stays in this browser. */
export function TokenForm(): JSX.Element {
  useTitle("Token");
  const [given] = useState(token.peek());
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const field = new FormData(event.currentTarget as HTMLFormElement).get("token");
    token.value = typeof field === "string" ? field.trim() : "";
    location.reload();
  };
  return (
    <section class="card token" aria-labelledby="token-title">
      <h1 id="token-title">This server wants an API token</h1>
      {given && (
        <p class="field-error" role="alert">
          The server does not know the token that this browser has, or it has run out.
        </p>
      )}
      <form onSubmit={submit}>
        <label class="field">
          Token
          <input name="token" type="password" autocomplete="current-password" required autofocus />
        </label>
        <button type="submit" class="solid">
          Open
        </button>
      </form>
      <p class="hint">
        Whoever runs this server makes one by <code>evenkeel token create NAME --scope read</code>. It is kept in this
        browser only.
      </p>
    </section>
  );
}
