/** One message of an event stream. */
export interface Message {
  id: string | null;
  event: string;
  data: string;
}

/** Reads the text of an event stream, which arrives in pieces that end anywhere. */
export class EventLines {
  private rest = "";
  /** Milliseconds to wait before connecting again, if the stream said so. */
  retryMs: number | null = null;

  /** Take another piece; return the messages that it completes. */
  take(piece: string): Message[] {
    const text = (this.rest + piece).replaceAll("\r\n", "\n");
    const blocks = text.split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.map((block) => this.read(block)).filter((message) => message !== null);
  }

  private read(block: string): Message | null {
    const message: Message = { id: null, event: "message", data: "" };
    const data: string[] = [];
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "event") message.event = value;
      else if (field === "id") message.id = value;
      else if (field === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value);
    }
    message.data = data.join("\n");
    return data.length === 0 ? null : message;
  }
}
