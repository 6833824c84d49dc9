import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProxy, type Proxy } from "./proxy.ts";
import type { World } from "./world.ts";

/** Proxies between one process and everything that it talks to. */
export interface Proxied {
  database: Proxy;
  /** Of Redis; on PostgreSQL the queue takes the database's way. */
  redis: Proxy | undefined;
  kubernetes: Proxy;
  /** Settings of a process that is behind them. */
  env: Record<string, string>;
  close(): Promise<void>;
}

export async function behindProxies(world: World): Promise<Proxied> {
  const own = new URL(world.database.url);
  const socket = `${own.searchParams.get("host")}/.s.PGSQL.${own.searchParams.get("port") ?? "5432"}`;
  const database = await startProxy({ path: socket });
  const redis = world.redis && (await startProxy({ port: world.redis.port, host: "127.0.0.1" }));
  const kubernetes = await startProxy({ port: Number(new URL(world.simulator.kubernetesUrl).port), host: "127.0.0.1" });
  const { username, password, pathname } = own;
  const config = world.simulator.kubeconfig().replace(/(http:\/\/127\.0\.0\.1:)\d+/, `$1${kubernetes.port}`);
  const kubeconfig = join(world.env["KUBECONFIG"]!, "..", "kubeconfig-behind-proxy");
  writeFileSync(kubeconfig, config);
  const all = [database, kubernetes, ...(redis ? [redis] : [])];
  return {
    ...{ database, redis, kubernetes },
    env: {
      DATABASE_URL: `postgresql://${username}:${password}@127.0.0.1:${database.port}${pathname}`,
      KUBECONFIG: kubeconfig,
      ...(redis && { REDIS_URL: `redis://127.0.0.1:${redis.port}` }),
    },
    close: async () => void (await Promise.all(all.map((one) => one.close()))),
  };
}
