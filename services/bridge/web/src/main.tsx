import { render } from "preact";
import { App } from "./app.tsx";
import { startLive } from "./live/live.ts";
import { startKeys } from "./keys.ts";
import "./styles/tokens.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/run.css";
import "./styles/pages.css";

startLive();
startKeys();
render(<App />, document.getElementById("app")!);
