import { expect, test } from "vitest";
import { chunkOf, positionOf, representativeFrame } from "./chunks";

test("every frame has one place in one chunk, without holes", () => {
  const counts = new Map<string, number>();
  for (let frame = 0; frame < 5000; frame++) {
    const { level, firstFrame } = chunkOf(frame);
    const key = `${level}/${firstFrame}`;
    const before = counts.get(key) ?? 0;
    expect(positionOf(frame)).toBe(before);
    counts.set(key, before + 1);
  }
  expect(counts.get("16/0")).toBe(32);
  expect(counts.get("4/0")).toBe(24);
  expect(counts.get("1/0")).toBe(24);
});

test("a caption is shown by a frame of a coarse chunk if it has one", () => {
  expect(representativeFrame(10, 40)).toBe(32);
  expect(representativeFrame(18, 22)).toBe(20);
  expect(representativeFrame(17, 19)).toBe(18);
  expect(representativeFrame(7, 7)).toBe(7);
});
