import { follow, type LiveState } from "./reader.ts";

// One stream for the whole browser: a server that speaks HTTP/1.1 gets six connections at most, however many tabs.
const scope = self as unknown as { onconnect: (event: MessageEvent) => void };
const ports = new Set<MessagePort>();
let state: LiveState = "connecting";
let token = "";
let retry: (() => void) | undefined;

const tell = (message: unknown) => {
  for (const port of ports) port.postMessage(message);
};

function begin(url: string): void {
  retry = follow({
    url,
    token: () => token,
    onFrame: (frame) => tell({ frame }),
    onState(next) {
      state = next;
      tell({ state });
    },
  });
}

scope.onconnect = ({ ports: [port] }) => {
  if (!port) return;
  ports.add(port);
  port.onmessage = ({ data }: MessageEvent<{ hello?: string; token?: string; bye?: true; retry?: true }>) => {
    if (data.bye) return void ports.delete(port);
    if (data.token !== undefined && data.token !== token) {
      token = data.token;
      retry?.();
    }
    if (data.retry) retry?.();
    if (data.hello && !retry) begin(data.hello);
    port.postMessage({ state });
  };
  port.start();
};
