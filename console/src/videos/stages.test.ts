import { describe, expect, it } from "vitest";
import { costOf, fits, nextPage, stageOf, type Video, type VideoDetail } from "./stages";

const video = (status: Video["status"], caption_status: Video["caption_status"] = null) =>
  ({ status, caption_status }) as Video;

describe("stageOf", () => {
  it.each([
    ["uploaded", null, "waiting"],
    ["queued", null, "waiting"],
    ["processing", null, "reading"],
    ["active", null, "place"],
    ["active", "queued", "finding"],
    ["active", "processing", "finding"],
    ["active", "ready", "check"],
    ["active", "error", "failed"],
    ["error", null, "failed"],
  ] as const)("a video that is %s with captions %s: %s", (status, captions, stage) => {
    expect(stageOf(video(status, captions))).toBe(stage);
  });
});

describe("fits", () => {
  it("shows all that the services work on as working", () => {
    const working = [video("queued"), video("processing"), video("active", "queued")];
    expect(working.every((one) => fits(one, "working"))).toBe(true);
    expect(fits(video("active"), "working")).toBe(false);
  });
});

describe("nextPage", () => {
  it("leads to the place until a place is approved", () => {
    expect(nextPage(video("active"))).toBe("place");
    expect(nextPage(video("active", "ready"))).toBe("captions");
  });
});

describe("costOf", () => {
  it("adds up what each call cost", () => {
    const line = (usd: number) => ({ item: "cpu", quantity: 1, unit: "s", usd });
    const detail = { usage: [{ cost: [line(0.5), line(0.25)] }, { cost: [line(1)] }] } as VideoDetail;
    expect(costOf(detail)).toBeCloseTo(1.75);
  });
});
