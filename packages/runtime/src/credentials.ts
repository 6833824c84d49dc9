/**
 * Shapes that only credentials have: JWTs, tokens of Dynatrace, AWS, GitHub and Slack, passwords in URLs. What may begin
 * anywhere begins only where no word goes on, or a long text would take the square of its length.
 */
const CREDENTIALS: readonly [RegExp, string][] = [
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g, "***"],
  [/(?<![\w-])dt0[a-z]\d{2}\.[\w-]{8,}(?:\.[\w-]+)?/gi, "***"],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, "***"],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}\b/g, "***"],
  [/\bxox[abprs]-[\w-]{10,}/g, "***"],
  [/(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#@]+@/gi, "$1***@"],
  [/([?&](?:access_token|token|api[-_]?key|api[-_]?token|secret|password|signature)=)[^&\s"']+/gi, "$1***"],
];

/** A text without what is certainly a credential; everything else of it stays as it is. */
export function maskCredentials(text: string): string {
  return CREDENTIALS.reduce((out, [pattern, mask]) => out.replace(pattern, mask), text);
}
