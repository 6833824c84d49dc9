/** Bytes of bodies that are held at once, by one process. */
export interface HeldBytes {
  /** Begins to count for one request. */
  open(): HeldBody;
}

export interface HeldBody {
  /** Whether so many more may be held. What is refused is not counted. */
  grow(bytes: number): boolean;
  /** The request has its answer, or has gone. */
  release(): void;
}

export interface HeldLimits {
  /** What each request may hold without asking: an alert of any usual size. The number of connections bounds the sum. */
  own: number;
  /** What all may hold together beyond that. */
  shared: number;
}

/**
 * Where the body is what is signed it has to be read before its sender is known, so that strangers could fill the memory
 * with bodies that never end: as many as there are connections, each as large as one may be. Beyond a first part of its own
 * each body takes from what all share. So large bodies are refused when there are too many of them, small ones never are.
 */
export function heldBytes({ own, shared }: HeldLimits): HeldBytes {
  let taken = 0;
  return {
    open() {
      let held = 0;
      let mine = 0;
      let isOver = false;
      return {
        grow(bytes) {
          const beyond = Math.max(0, held + bytes - own) - mine;
          if (isOver || taken + beyond > shared) return false;
          held += bytes;
          mine += beyond;
          taken += beyond;
          return true;
        },
        release() {
          isOver = true;
          taken -= mine;
          mine = 0;
        },
      };
    },
  };
}
