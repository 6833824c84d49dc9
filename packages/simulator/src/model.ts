import { advanceQueue, emptyQueue, meanWaiting, responseTime } from "./queue.ts";

/** How one service behaves. Requests per second and replica are `threads / serviceTimeMs`. */
export type QueueSettings = {
  /** Mean time that a worker thread needs for a request, exponentially distributed. */
  serviceTimeMs: number;
  /** Worker threads of one replica. */
  threads: number;
  /** Mean time after which a waiting caller gives up. */
  patienceMs: number;
  /** Requests that the service holds at most, waiting or in work; more are refused. */
  capacity: number;
};

export const defaultQueue: QueueSettings = { serviceTimeMs: 160, threads: 4, patienceMs: 5000, capacity: 400 };

/** A slow or failing dependency: it adds to every answer and occupies no worker, so that replicas do not help. */
export type Fault = { latencyMs?: number; /** 0 to 1 */ errorShare?: number };

/** A service at one moment. Times in ms, `at` since the epoch. */
export type Sample = {
  at: number;
  /** Available ones. */
  replicas: number;
  /** Requests per second that arrive. */
  load: number;
  /** Requests per second that are answered well. */
  throughput: number;
  /** 0 to 1. */
  error_rate: number;
  /** NaN when nothing can be answered, as a quantile over no requests is in Prometheus. */
  response_time_p50: number;
  response_time_p90: number;
  response_time_p95: number;
  /** Mean number of requests that wait. */
  queue: number;
  /** Share of busy worker threads, 0 to 1; 1 without any. */
  utilisation: number;
  /** Requests answered well, and failed, since the start. */
  succeeded: number;
  failed: number;
};

export type ModelState = {
  at: number;
  /** Probability of each number of requests in the service; index = number. */
  queue: Float64Array;
  succeeded: number;
  failed: number;
};

/** What is given from outside during one step. `load` in requests per second. */
export type Surroundings = { now: number; replicas: number; load: number; fault?: Fault | undefined };

/** A model after a long pause (a suspended machine) goes on from where it was: more than this is not made up for. */
const longestStepMs = 60_000;

/** A service without any request, at a time. */
export function startModel(settings: QueueSettings, at: number): ModelState {
  return { at, queue: emptyQueue(settings.capacity), succeeded: 0, failed: 0 };
}

/** The model at `now`, and what can be measured then. Pure: neither argument is changed. */
export function stepModel(
  settings: QueueSettings,
  state: ModelState,
  { now, replicas, load, fault }: Surroundings,
): { state: ModelState; sample: Sample } {
  const seconds = Math.min(Math.max(now - state.at, 0), longestStepMs) / 1000;
  const rates = {
    arrivals: load,
    servers: replicas * settings.threads,
    perServer: 1000 / settings.serviceTimeMs,
    giveUp: 1000 / settings.patienceMs,
  };
  const step = advanceQueue(state.queue, rates, seconds);
  const share = fault?.errorShare ?? 0;
  const latency = fault?.latencyMs ?? 0;
  const failed = step.lost + step.served * share;
  const succeeded = step.served * (1 - share);
  const next = {
    at: now,
    queue: step.queue,
    succeeded: state.succeeded + succeeded,
    failed: state.failed + failed,
  };
  const answered = succeeded + failed;
  const sample: Sample = {
    at: now,
    replicas,
    load,
    throughput: seconds > 0 ? succeeded / seconds : 0,
    error_rate: answered > 0 ? failed / answered : 0,
    response_time_p50: responseTime(step.queue, rates, 0.5) + latency,
    response_time_p90: responseTime(step.queue, rates, 0.9) + latency,
    response_time_p95: responseTime(step.queue, rates, 0.95) + latency,
    queue: meanWaiting(step.queue, rates.servers),
    utilisation: step.utilisation,
    succeeded: next.succeeded,
    failed: next.failed,
  };
  return { state: next, sample };
}
