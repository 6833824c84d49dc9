import { qualified, resources, type Resource } from "./objects.ts";

type Details = {
  name?: string;
  group?: string;
  kind?: string;
  retryAfterSeconds?: number;
  causes?: { reason?: string; message: string; field?: string }[];
};

/** A request that is refused, with the answer that the API gives: an object of kind `Status`. */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Details;
  constructor(code: number, reason: string, message: string, details: Details = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  get body() {
    const { code, reason, message, details } = this;
    return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code };
  }
}

export function notFound(resource: Resource, name: string): Refusal {
  const { group } = resources[resource];
  return new Refusal(404, "NotFound", `${qualified(resource)} "${name}" not found`, { name, group, kind: resource });
}

export function unknownPath(): Refusal {
  return new Refusal(404, "NotFound", "the server could not find the requested resource");
}

export function methodNotAllowed(): Refusal {
  return new Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
}

export function conflict(resource: Resource, name: string, why: string): Refusal {
  const { group } = resources[resource];
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new Refusal(409, "Conflict", message, { name, group, kind: resource });
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, "BadRequest", message);
}

export function unsupportedMediaType(accepted: readonly string[]): Refusal {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new Refusal(415, "UnsupportedMediaType", message);
}

/** A value that breaks a rule of its kind. `kind` as `Deployment.apps`. */
export function invalid(kind: string, name: string, field: string, value: unknown, why: string): Refusal {
  const message = `Invalid value: ${JSON.stringify(value)}: ${why}`;
  const [bare, ...group] = kind.split(".");
  return new Refusal(422, "Invalid", `${kind} "${name}" is invalid: ${field}: ${message}`, {
    name,
    group: group.join("."),
    ...(bare ? { kind: bare } : {}),
    causes: [{ reason: "FieldValueInvalid", message, field }],
  });
}

/** A JSON patch whose operations cannot be applied, such as a `test` that does not hold. */
export function unprocessable(why: string): Refusal {
  return new Refusal(422, "Invalid", "the server rejected our request due to an error in our request", {
    causes: [{ reason: "UnexpectedServerResponse", message: why }],
  });
}

const reasons: Record<number, [reason: string, message: string]> = {
  401: ["Unauthorized", "Unauthorized"],
  403: ["Forbidden", "forbidden by fault injection"],
  404: ["NotFound", "the server could not find the requested resource"],
  409: ["Conflict", "the object has been modified; please apply your changes to the latest version and try again"],
  429: ["TooManyRequests", "too many requests, please try again later"],
  500: ["InternalError", "Internal error occurred: fault injection"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: ["Timeout", "the server was unable to return a response in the time allotted"],
};

/** The answer for a bare status code. */
export function refusal(code: number, retryAfter?: number): Refusal {
  const [reason, message] = reasons[code] ?? ["", `an error on the server (status ${code})`];
  return new Refusal(code, reason, message, retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter });
}
