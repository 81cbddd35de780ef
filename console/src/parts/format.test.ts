import { describe, expect, it } from "vitest";
import { bytes, clock, preciseClock } from "./format";

describe("bytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1234, "1.23 KB"],
    [999_999, "1.00 MB"],
    [52_300_000, "52.3 MB"],
    [3_000_000_000, "3.00 GB"],
  ])("%d is %s", (count, text) => expect(bytes(count)).toBe(text));
});

describe("clock", () => {
  it("has hours only for long videos", () => {
    expect(clock(123.4)).toBe("2:03");
    expect(clock(3723)).toBe("1:02:03");
    expect(clock(59.9)).toBe("1:00");
  });

  it("can be precise", () => {
    expect(preciseClock(123.45)).toBe("2:03.450");
    expect(preciseClock(59.9996)).toBe("1:00.000");
  });
});
