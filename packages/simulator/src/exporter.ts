import { listen, send, sendMetrics } from "./http.ts";
import { renderMetrics } from "./metrics.ts";
import { runService } from "./running.ts";
import type { Exporter, ExporterOptions } from "./types.ts";

/** The model of one service as a process that a real Prometheus scrapes; its replicas come from elsewhere. */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { model, replicas, host = "127.0.0.1", port = 0, tickMs = 250, now = Date.now } = options;
  const service = runService(model, now());
  let trouble: string | undefined;
  let busy = false;

  async function tick(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      const count = await replicas();
      service.step(now(), count);
      trouble = undefined;
    } catch (error) {
      trouble = `replicas are not known: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      busy = false;
    }
  }

  const listener = await listen(
    async (request, response) => {
      if (request.url?.split("?")[0] !== "/metrics") return send(response, 404, {}, "the metrics are at /metrics\n");
      if (trouble !== undefined) return send(response, 503, { "content-type": "text/plain" }, `${trouble}\n`);
      sendMetrics(response, renderMetrics(service.metrics()));
    },
    host,
    port,
  );
  const timer = tickMs > 0 ? setInterval(() => void tick(), tickMs) : undefined;
  return {
    url: listener.url,
    setLoad: (load, { rampMs } = {}) => service.setLoad(load, now(), rampMs),
    setFault: (fault) => service.setFault(fault),
    snapshot: () => service.sample(),
    tick,
    async stop() {
      clearInterval(timer);
      await listener.close();
    },
  };
}
