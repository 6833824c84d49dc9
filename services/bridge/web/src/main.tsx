import { render } from "preact";
import { App } from "./app.tsx";
import { startLive } from "./live/live.ts";
import { startKeys } from "./keys.ts";
import "./styles/tokens.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/run.css";
import "./styles/pages.css";

// Its address is relative, and would be looked for elsewhere when the page's own address changes.
const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
if (icon) icon.href = new URL(icon.href).href;

startLive();
startKeys();
render(<App />, document.getElementById("app")!);
