import { describe, expect, it } from "vitest";
import { EventLines } from "./event-lines";

describe("EventLines", () => {
  it("reads messages that arrive in pieces", () => {
    const lines = new EventLines();

    expect(lines.take("retry: 2000\n\nid: 7\nevent: video.sta")).toEqual([]);
    expect(lines.take('tus\ndata: {"a":1}\n')).toEqual([]);
    expect(lines.take("\nevent: snapshot\ndata: {}\n\n")).toEqual([
      { id: "7", event: "video.status", data: '{"a":1}' },
      { id: null, event: "snapshot", data: "{}" },
    ]);
    expect(lines.retryMs).toBe(2000);
  });

  it("takes heartbeats for no message", () => {
    expect(new EventLines().take(": still here\n\n")).toEqual([]);
  });
});
