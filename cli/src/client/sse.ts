export interface SseMessage {
  /** As `Last-Event-ID` wants it; also set by messages that carry nothing else. */
  id?: string;
  event: string;
  data: string;
}

/** Server-sent events as the HTML standard has them: give it bytes as they come, it gives messages back. */
export function sseParser(): (chunk: Uint8Array) => SseMessage[] {
  const decoder = new TextDecoder();
  let rest = "";
  let message: SseMessage = { event: "message", data: "" };
  let touched = false;

  function readLine(line: string): SseMessage | undefined {
    if (line === "") {
      const complete = touched ? message : undefined;
      message = { event: "message", data: "" };
      touched = false;
      return complete;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") message.data += message.data === "" ? value : `\n${value}`;
    else if (name === "event") message.event = value;
    else if (name === "id" && !value.includes("\0")) message.id = value;
    else return undefined;
    touched = true;
    return undefined;
  }

  return (chunk) => {
    rest += decoder.decode(chunk, { stream: true });
    // A lone CR at the end may be the first half of CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    return lines.map(readLine).filter((found) => found !== undefined);
  };
}
