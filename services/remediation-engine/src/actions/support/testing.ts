import type { Autoscaler, Kubernetes, Mark, Pod, Workload, WorkloadRef } from "@evenkeel/kubernetes";
import type { Action } from "@evenkeel/remediation";
import { ProviderError, silentLog, type Outbound } from "@evenkeel/runtime";
import type { ActionContext, ActionDeps, ActionPlan } from "../types.ts";

/** For tests: the process ends here. */
export class Crash extends Error {}

/** What happens to one write: nothing special, or one of the ways in which it can go wrong. */
export type WriteFault =
  | "crash before"
  | "crash after"
  | "reply lost"
  | "request lost"
  | "arrives late"
  | "stale"
  | "busy"
  | "error page"
  | "forbidden";

/** A cluster in memory that refuses stale writes as the API server does, with faults on demand. */
export class FakeKubernetes implements Kubernetes {
  workloads: Workload[] = [];
  autoscalers: (Autoscaler & { target: string })[] = [];
  /** One per coming write, used up from the front. */
  faults: (WriteFault | "none")[] = [];
  /** Called before each write arrives, as if somebody else were quicker. */
  beforeWrite: () => void = () => undefined;
  /** Thrown by the coming reads, used up from the front. */
  readFaults: (ProviderError | undefined)[] = [];
  /** Writes that changed something. */
  effective = 0;
  /** How many pods become available with each passing of time. */
  startsPerTick = 1;
  #version = 100;
  #late: (() => void)[] = [];

  add(workload: Partial<Workload> = {}): Workload {
    const replicas = workload.replicas ?? 2;
    const added: Workload = {
      kind: "Deployment",
      namespace: "sockshop-production",
      name: "carts",
      uid: `uid-${++this.#version}`,
      resourceVersion: String(++this.#version),
      replicas,
      current: replicas,
      available: replicas,
      updated: replicas,
      observed: true,
      annotations: {},
      selector: "app=carts",
      ...workload,
    };
    this.workloads.push(added);
    return added;
  }

  addAutoscaler(autoscaler: Partial<Autoscaler> = {}, target = "carts"): Autoscaler {
    const added = {
      kind: "HorizontalPodAutoscaler" as const,
      namespace: "sockshop-production",
      name: "carts-hpa",
      uid: `uid-${++this.#version}`,
      resourceVersion: String(++this.#version),
      minReplicas: 1,
      maxReplicas: 6,
      annotations: {},
      target,
      ...autoscaler,
    };
    this.autoscalers.push(added);
    return added;
  }

  /** Somebody else's doing. */
  change(workload: Workload, change: Partial<Workload>): void {
    Object.assign(workload, change, { resourceVersion: String(++this.#version) });
  }

  /** Lets time pass: late requests arrive, autoscalers act, pods start and stop. */
  tick(): void {
    for (const arrive of this.#late.splice(0)) arrive();
    for (const { target, minReplicas } of this.autoscalers) {
      const owned = this.workloads.find(({ name }) => name === target);
      if (owned && owned.replicas < minReplicas) this.change(owned, { replicas: minReplicas, observed: false });
    }
    for (const workload of this.workloads) {
      const available =
        workload.available < workload.replicas
          ? Math.min(workload.replicas, workload.available + this.startsPerTick)
          : workload.replicas;
      this.change(workload, { current: workload.replicas, available, observed: true });
    }
  }

  async workload({ kind, namespace, name }: WorkloadRef, signal?: AbortSignal): Promise<Workload | undefined> {
    signal?.throwIfAborted();
    const fault = this.readFaults.shift();
    if (fault) throw fault;
    const found = this.workloads.find((one) => one.kind === kind && one.namespace === namespace && one.name === name);
    return found && structuredClone(found);
  }

  async autoscalerOf(workload: WorkloadRef): Promise<Autoscaler | undefined> {
    const found = this.autoscalers.find(({ target }) => target === workload.name);
    if (!found) return undefined;
    const { target: _, ...autoscaler } = structuredClone(found);
    return autoscaler;
  }

  scale(seen: Workload, replicas: number, mark: Mark): Promise<Workload> {
    const stored = () => this.workloads.find(({ uid }) => uid === seen.uid);
    return this.#write(stored, seen.resourceVersion, mark, { replicas, observed: false });
  }

  raiseMinimum(seen: Autoscaler, minReplicas: number, mark: Mark): Promise<Autoscaler> {
    const stored = () => this.autoscalers.find(({ uid }) => uid === seen.uid);
    return this.#write(stored, seen.resourceVersion, mark, { minReplicas });
  }

  async pods(workload: Workload): Promise<Pod[]> {
    return Array.from({ length: workload.replicas }, (_, index) => {
      const ready = index < workload.available;
      return { name: `${workload.name}-${index}`, ready, phase: ready ? "Running" : "Pending" };
    });
  }

  version = async () => "v1.0.0";
  canI = async () => true;
  serves = async () => true;
  close = () => undefined;

  async #write<T extends Workload | Autoscaler>(
    find: () => T | undefined,
    resourceVersion: string,
    mark: Mark,
    change: Partial<T>,
  ): Promise<T> {
    const fault = this.faults.shift() ?? "none";
    this.beforeWrite();
    const apply = (): T => {
      const stored = find();
      if (!stored) throw new ProviderError("not-found", "it is gone");
      if (stored.resourceVersion !== resourceVersion) throw new ProviderError("conflict", "it has been modified");
      this.effective++;
      const annotations = { ...stored.annotations, [mark.annotation]: mark.value };
      Object.assign(stored, change, { annotations, resourceVersion: String(++this.#version) });
      return structuredClone(stored);
    };
    if (fault === "crash before") throw new Crash();
    if (fault === "busy") throw new ProviderError("rate-limited", "too many requests", { retryAfterMs: 7_000 });
    if (fault === "forbidden") throw new ProviderError("auth", "may not patch deployments");
    if (fault === "error page") throw new ProviderError("server-error", "bad gateway");
    if (fault === "request lost") throw new ProviderError("timeout", "no answer");
    if (fault === "stale") throw new ProviderError("conflict", "it has been modified");
    if (fault === "arrives late") {
      this.#late.push(() => {
        try {
          apply();
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error; // refused: nobody hears it any more
        }
      });
      throw new ProviderError("timeout", "no answer");
    }
    const written = apply();
    if (fault === "crash after") throw new Crash();
    if (fault === "reply lost") throw new ProviderError("timeout", "no answer");
    return written;
  }
}

/** For tests: one step, with whatever matters set. */
export function testContext(action: Partial<Action> = {}, context: Partial<ActionContext> = {}): ActionContext {
  return {
    context: "c1",
    step: "c1.0",
    target: { project: "sockshop", stage: "production", service: "carts" },
    problem: {
      id: "p1",
      source: "alertmanager",
      title: "Response time degradation",
      severity: "error",
      labels: { team: "shop" },
    },
    namespace: "sockshop-production",
    defaultTargets: [
      { kind: "Deployment", name: "carts-primary" },
      { kind: "Deployment", name: "carts" },
    ],
    bounds: {},
    deadlineMs: 300_000,
    ...context,
    action: { name: "scaling", action: "scaling", value: "+1", ...action } as Action,
  };
}

/** For tests: what a worker offers, with a log that survives crashes and a clock that moves only while sleeping. */
export class TestWorker {
  /** As the engine's log holds them, oldest first. */
  plans: ActionPlan[] = [];
  messages: string[] = [];
  slept = 0;
  /** Why nothing must be touched any more. */
  gone: string | undefined;
  /** Called when a plan is to be committed; may throw. */
  beforeStarted: () => void = () => undefined;
  afterStarted: () => void = () => undefined;
  readonly kubernetes: FakeKubernetes;
  readonly overrides: Partial<ActionDeps>;

  constructor(kubernetes = new FakeKubernetes(), overrides: Partial<ActionDeps> = {}) {
    this.kubernetes = kubernetes;
    this.overrides = overrides;
  }

  get previous(): ActionPlan | undefined {
    return this.plans.at(-1);
  }

  deps(): ActionDeps {
    const noOutbound: Outbound = () => Promise.reject(new Error("nothing is called here"));
    return {
      kubernetes: async () => this.kubernetes,
      outbound: noOutbound,
      secrets: () => undefined,
      now: () => new Date(Date.UTC(2026, 0, 1) + this.slept),
      signal: new AbortController().signal,
      sleep: async (ms, signal) => {
        signal.throwIfAborted();
        this.slept += ms;
        this.kubernetes.tick();
      },
      started: async (plan, message) => {
        this.beforeStarted();
        const known = this.plans.find(({ revision }) => revision === plan.revision);
        if (!known) {
          this.plans.push(plan);
          this.messages.push(message);
        }
        this.afterStarted();
        return known ?? plan;
      },
      unwanted: async () => this.gone,
      log: silentLog,
      ...this.overrides,
    };
  }
}
