import type { Request, RequestHandler } from "express";
import { verifySource } from "./auth.ts";
import type { AuthOutcome, Scope, TokenCheck } from "./auth.ts";
import { problem } from "./errors.ts";
import type { SourceAuth } from "./settings.ts";

/** Lets only callers through whose token has the scope. */
export function requireScope(check: TokenCheck, scope: Scope): RequestHandler {
  return (request, _response, next) => {
    insist(check({ rawHeaders: request.rawHeaders, remoteAddress: request.socket.remoteAddress }, scope));
    next();
  };
}

/** For `jsonBody({ verify })` on a webhook route. */
export function sourceVerifier(
  auth: SourceAuth,
  check: TokenCheck,
  now: () => number = Date.now,
): (request: Request, rawBody: Buffer) => void {
  return (request, rawBody) => {
    insist(
      verifySource(
        { rawHeaders: request.rawHeaders, rawBody, remoteAddress: request.socket.remoteAddress, now: now() },
        auth,
        check,
      ),
      auth,
    );
  };
}

function insist(outcome: AuthOutcome, auth?: SourceAuth): void {
  if (outcome.ok) return;
  if (outcome.status === 403) throw problem(403, "forbidden", outcome.why);
  const challenge = auth?.type === "basic" ? 'Basic realm="evenkeel"' : 'Bearer realm="evenkeel"';
  throw problem(401, "unauthorized", outcome.why, { headers: { "www-authenticate": challenge } });
}
