import { describe, expect, it } from "vitest";
import { progressOf } from "./video-progress";

describe("progressOf", () => {
  it("takes only what it understands", () => {
    expect(progressOf({ progress: { stage: "ocr", done: 1, total: 2 } })).toEqual({ stage: "ocr", done: 1, total: 2 });
    expect(progressOf({ progress: { other: 1 } })).toBeNull();
    expect(progressOf({ progress: null })).toBeNull();
  });
});
