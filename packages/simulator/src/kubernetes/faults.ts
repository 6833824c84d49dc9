/** How the next matching requests go wrong. */
export type RequestFault = {
  /** Answer with this status, before anything is applied. */
  status?: number;
  /** Seconds, sent as `Retry-After`. */
  retryAfter?: number;
  /** Do what is asked, then close the connection without an answer. */
  dropReply?: boolean;
  /** Wait this long before anything else. */
  delayMs?: number;
  /** How many requests. Default 1. */
  times?: number;
  /** Only requests with this method, such as `PATCH`. */
  method?: string;
  /** Only requests whose path contains this text. */
  path?: string;
};

export type Faults = {
  add(fault: RequestFault): void;
  /** The fault for this request, which is used up by it. */
  take(method: string, path: string): RequestFault | undefined;
};

/** Faults wait in the order in which they were added. */
export function createFaults(): Faults {
  const waiting: { fault: RequestFault; left: number }[] = [];
  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? 1 }),
    take(method, path) {
      const index = waiting.findIndex(
        ({ fault }) =>
          (fault.method === undefined || fault.method === method) &&
          (fault.path === undefined || path.includes(fault.path)),
      );
      const entry = waiting[index];
      if (!entry) return undefined;
      if (--entry.left <= 0) waiting.splice(index, 1);
      return entry.fault;
    },
  };
}
