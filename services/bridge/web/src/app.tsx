import { lazy } from "./lazy.tsx";
import { effect } from "@preact/signals";
import type { JSX } from "preact";
import { needsToken } from "./api.ts";
import { match, path } from "./router.ts";
import { Header } from "./ui/header.tsx";
import { Help } from "./ui/help.tsx";
import { StaleNotice } from "./ui/stale.tsx";
import { TokenForm } from "./ui/token-form.tsx";
import { Empty, Link } from "./ui/parts.tsx";
import { HomePage } from "./pages/home.tsx";
import { RemediationsPage } from "./pages/remediations.tsx";

const RemediationPage = lazy(() => import("./pages/remediation.tsx").then((m) => m.RemediationPage));
const EventsPage = lazy(() => import("./pages/events.tsx").then((m) => m.EventsPage));
const EventPage = lazy(() => import("./pages/event.tsx").then((m) => m.EventPage));
const ServicesPage = lazy(() => import("./pages/services.tsx").then((m) => m.ServicesPage));
const ServicePage = lazy(() => import("./pages/service.tsx").then((m) => m.ServicePage));
const EngineRoomPage = lazy(() => import("./pages/engine-room.tsx").then((m) => m.EngineRoomPage));

export function App(): JSX.Element {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        {!needsToken.value && <StaleNotice />}
        {needsToken.value ? <TokenForm /> : <Page />}
      </main>
      <Help />
    </>
  );
}

function Page(): JSX.Element {
  if (path.value === "/") return <HomePage />;
  if (path.value === "/remediations") return <RemediationsPage />;
  if (path.value === "/events") return <EventsPage />;
  if (path.value === "/services") return <ServicesPage />;
  if (path.value === "/engine-room") return <EngineRoomPage />;
  const run = match("/remediations/:context");
  if (run) return <RemediationPage key={run["context"]} context={run["context"]!} />;
  const event = match("/events/:id");
  if (event) return <EventPage key={event["id"]} id={event["id"]!} />;
  const service = match("/services/:project/:stage/:service");
  if (service)
    return <ServicePage key={path.value} {...(service as { project: string; stage: string; service: string })} />;
  return (
    <Empty title="There is no such page">
      <p>
        Perhaps it moved. Begin at <Link to="/">home</Link>.
      </p>
    </Empty>
  );
}

// Another page begins at its top for readers of the screen, too.
let last = path.peek();
effect(() => {
  if (path.value !== last) document.getElementById("main")?.focus({ preventScroll: true });
  last = path.value;
});
