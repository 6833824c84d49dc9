/** The one way out: SLI providers, webhook actions and notifications all use it. */
export type Outbound = (request: OutboundRequest) => Promise<OutboundResponse>;

export interface OutboundRequest {
  url: string;
  method?: "GET" | "HEAD" | "POST" | "PUT";
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Total deadline in milliseconds, from name resolution to the last byte. */
  deadlineMs?: number;
  /** Largest answer accepted, in bytes. */
  maxBytes?: number;
  tls?: { ca?: string; cert?: string; key?: string; insecureSkipVerify?: boolean };
  signal?: AbortSignal;
}

export interface OutboundResponse {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
}
