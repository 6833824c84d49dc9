/**
 * A queue with several servers, exponential service times and impatient callers (M/M/s+M, "Erlang A"), as a
 * probability for each number of requests in the system. Stepping the probabilities through time (Kolmogorov's forward
 * equations) needs no random numbers and shows overload building up and draining, not only the steady state.
 */
export type Rates = {
  /** Requests per second that arrive. */
  arrivals: number;
  servers: number;
  /** Requests per second that one busy server completes. */
  perServer: number;
  /** Share of the waiting callers that give up, per second. */
  giveUp: number;
};

/** Nobody in a system that holds `capacity` requests. */
export function emptyQueue(capacity: number): Float64Array {
  const queue = new Float64Array(capacity + 1);
  queue[0] = 1;
  return queue;
}

/**
 * The queue `seconds` later. `served` and `lost` are expected numbers of requests in that time; lost ones gave up or
 * were refused. `utilisation` is the share of busy servers at the end.
 */
export function advanceQueue(queue: Float64Array, rates: Rates, seconds: number) {
  const { arrivals, servers, perServer, giveUp } = rates;
  const full = queue.length - 1;
  const leave = (n: number) => Math.min(n, servers) * perServer + Math.max(n - servers, 0) * giveUp;
  // Explicit Euler steps stay stable while less than the whole of a probability flows out in one of them.
  const steps = Math.max(1, Math.ceil(seconds * (arrivals + Math.min(full, servers) * perServer + full * giveUp) * 2));
  const dt = seconds / steps;
  let now = Float64Array.from(queue);
  let next = new Float64Array(queue.length);
  let served = 0;
  let lost = 0;
  let top = lastLikely(now, full);
  for (let step = 0; step < steps; step++) {
    top = Math.min(top + 1, full);
    let busy = 0;
    let waiting = 0;
    for (let n = 0; n <= top; n++) {
      busy += now[n]! * Math.min(n, servers);
      waiting += now[n]! * Math.max(n - servers, 0);
      const enters = n > 0 ? now[n - 1]! * arrivals : 0;
      const falls = n < full ? now[n + 1]! * leave(n + 1) : 0;
      const goes = now[n]! * (leave(n) + (n < full ? arrivals : 0));
      next[n] = now[n]! + dt * (enters + falls - goes);
    }
    served += busy * perServer * dt;
    lost += (waiting * giveUp + now[full]! * arrivals) * dt;
    [now, next] = [next, now];
    top = lastLikely(now, top);
  }
  const utilisation = servers > 0 ? meanBusy(now, servers) / servers : 1;
  return { queue: now, served, lost, utilisation };
}

/** The states above it are left out of the work: together they weigh nothing. */
function lastLikely(queue: Float64Array, from: number): number {
  let top = from;
  while (top > 0 && queue[top]! < 1e-15) queue[top--] = 0;
  return top;
}

/** Mean number of waiting requests. */
export function meanWaiting(queue: Float64Array, servers: number): number {
  let mean = 0;
  for (let n = servers + 1; n < queue.length; n++) mean += queue[n]! * (n - servers);
  return mean;
}

function meanBusy(queue: Float64Array, servers: number): number {
  let mean = 0;
  for (let n = 1; n < queue.length; n++) mean += queue[n]! * Math.min(n, servers);
  return mean;
}

/** Response time in ms that a share `quantile` of the requests that arrive now stays below; NaN without servers. */
export function responseTime(queue: Float64Array, rates: Rates, quantile: number): number {
  if (rates.servers === 0) return NaN;
  let low = 0;
  let high = 1;
  while (shareAbove(queue, rates, high) > 1 - quantile) high *= 2;
  for (let round = 0; round < 30; round++) {
    const middle = (low + high) / 2;
    if (shareAbove(queue, rates, middle) > 1 - quantile) low = middle;
    else high = middle;
  }
  return high * 1000;
}

/** Share of the arriving requests whose response takes longer than `seconds`: waiting in the queue, then service. */
function shareAbove(queue: Float64Array, rates: Rates, seconds: number): number {
  let share = 0;
  for (let n = 0; n < queue.length; n++) {
    if (queue[n] === 0) continue;
    const left = seconds - waitBehind(n, rates);
    share += queue[n]! * (left > 0 ? Math.exp(-left * rates.perServer) : 1);
  }
  return share;
}

/** Seconds until a request that finds `n` others gets a server, while those before it are served or give up. */
function waitBehind(n: number, { servers, perServer, giveUp }: Rates): number {
  if (n < servers) return 0;
  return Math.log(1 + (giveUp * (n - servers + 1)) / (servers * perServer)) / giveUp;
}
