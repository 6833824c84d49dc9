import { changeLoad, rateAt, requestsPerSecond, type Load } from "./load.ts";
import { metricsOf, type Metric, type ServiceIdentity } from "./metrics.ts";
import { defaultQueue, startModel, stepModel, type Fault, type Sample } from "./model.ts";
import type { SimulatedService } from "./types.ts";

/** The model of one service with its present load and fault. The clock is the caller's. */
export type RunningService = {
  identity: ServiceIdentity;
  /** `project/stage/service`. */
  path: string;
  setLoad(load: Load, now: number, rampMs?: number): void;
  setFault(fault: Fault | undefined): void;
  /** Moves the model to `now` with this many available replicas. */
  step(now: number, replicas: number): Sample;
  sample(): Sample;
  metrics(): Metric[];
};

/** Starts the model at a time, without any request in it. */
export function runService(service: SimulatedService, at: number): RunningService {
  const settings = { ...defaultQueue, ...service.queue };
  const identity = identityOf(service);
  let load = [{ at, rps: requestsPerSecond(service.load ?? "calm") }] as ReturnType<typeof changeLoad>;
  let fault: Fault | undefined;
  const surroundings = (now: number, replicas: number) => ({ now, replicas, load: rateAt(load, now), fault });
  let { state, sample } = stepModel(settings, startModel(settings, at), surroundings(at, service.replicas ?? 1));
  return {
    identity,
    path: `${service.project}/${service.stage}/${service.service}`,
    setLoad: (to, now, rampMs) => void (load = changeLoad(load, to, now, rampMs)),
    setFault: (to) => void (fault = to),
    step(now, replicas) {
      ({ state, sample } = stepModel(settings, state, surroundings(now, replicas)));
      return sample;
    },
    sample: () => sample,
    metrics: () => metricsOf(identity, sample),
  };
}

function identityOf({ project, stage, service, namespace, workload, kind }: SimulatedService): ServiceIdentity {
  return {
    project,
    stage,
    service,
    namespace: namespace ?? `${project}-${stage}`,
    workload: workload ?? service,
    kind: kind ?? "Deployment",
  };
}
