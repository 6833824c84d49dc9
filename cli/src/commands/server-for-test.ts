import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { testDatabase } from "@evenkeel/embedded/testing";
import type { NewEvent } from "@evenkeel/events";
import { loadConfig, silentLog } from "@evenkeel/runtime";
import { startPlatform, type Platform, type Role } from "../platform.ts";

export interface TestServer {
  platform: Platform;
  url: string;
  /** Writes events as the services would. */
  append(context: string, ...events: NewEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** The real services on a real database; without the engine nothing acts but the test. */
export async function startServer(roles: readonly Role[], flags: Record<string, unknown> = {}): Promise<TestServer> {
  const database = await testDatabase();
  const { settings } = loadConfig({
    env: {},
    flags: { "database.url": database.url, "server.port": 0, "remediation.wait": "1h", ...flags },
  });
  const platform = await startPlatform({ settings, roles, log: silentLog, version: "0.1.0" });
  return {
    platform,
    url: platform.url,
    append: async (context, ...events) => void (await platform.journal.append(context, events)),
    async close() {
      await platform.close();
      await database.drop();
    },
  };
}

/** A server that answers as it is told. */
export async function answering(listener: RequestListener): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
