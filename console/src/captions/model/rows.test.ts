import { expect, test } from "vitest";
import { caption, clock, three } from "./captions.fixture";
import { applied, byTime, type Captions, captionsOf, gapsOf, withAnswer } from "./rows";
import type { Operation } from "./types";

function extents(captions: Captions): [number, number, number][] {
  return byTime(captions).map((each) => [each.id, each.start_frame, each.end_frame]);
}

function after(operation: Operation, captions = three()): Captions {
  return applied(captions, operation, clock);
}

test("gaps and captions tile the video", () => {
  const ends = gapsOf(three(), 1, clock).map((gap) => [gap.start_frame, gap.end_frame]);
  expect(ends).toEqual([
    [0, 9],
    [50, 59],
    [80, 99],
  ]);
});

test("the gaps are computed anew only when the captions or the length of the video change", () => {
  const captions = three();
  const gaps = gapsOf(captions, 1, clock);
  expect(gapsOf(captions, 1, clock)).toBe(gaps);
  expect(gapsOf(captions, 2, clock)).toEqual([{ track: 2, start_frame: 0, end_frame: 99 }]);
  expect(gapsOf(captions, 1, { ...clock, frameCount: 120 }).at(-1)?.end_frame).toBe(119);
  expect(gapsOf(applied(captions, { op: "delete", caption: 3, version: 1 }, clock), 1, clock)).toHaveLength(2);
});

test("an end that moves trims the caption that touches it", () => {
  const captions = after({ op: "update", caption: 1, version: 1, end_frame: 34 });
  expect(extents(captions)).toEqual([
    [1, 10, 34],
    [2, 35, 49],
    [3, 60, 79],
  ]);
  expect(captions.get(2)?.start_seconds).toBe(3.5);
});

test("an exact time trims the neighbour that it overlaps, and no other", () => {
  const captions = after({ op: "update", caption: 2, version: 1, start_seconds: 2.96 });
  expect(captions.get(1)?.end_seconds).toBe(2.96);
  expect(captions.get(1)?.end_frame).toBe(29);
  expect(captions.get(3)).toEqual(three().get(3));
});

test("null gives a caption its text from OCR and its time of the grid back", () => {
  const typed = captionsOf([
    caption({ id: 1, start_frame: 10, end_frame: 29, text: "typed", caption_ocr: "read", start_seconds: 0.96 }),
  ]);
  const row = after({ op: "update", caption: 1, version: 1, text: null, start_seconds: null }, typed).get(1);
  expect([row?.text, row?.start_seconds]).toEqual(["read", 1]);
});

test("a split makes a second caption at the frame", () => {
  const captions = after({ op: "split", caption: 3, version: 1, frame: 70, texts: ["a", "b"], made: -1 });
  expect(extents(captions)).toEqual([
    [1, 10, 29],
    [2, 30, 49],
    [3, 60, 69],
    [-1, 70, 79],
  ]);
  expect([captions.get(3)?.text, captions.get(-1)?.text]).toEqual(["a", "b"]);
});

test("a merge covers the gap between and stacks the texts", () => {
  const captions = after({ op: "merge", caption: 3, version: 1, other: 2, otherVersion: 1 });
  expect(extents(captions)).toEqual([
    [1, 10, 29],
    [3, 30, 79],
  ]);
  expect(captions.get(3)?.text).toBe("text 2\ntext 3");
});

test("a caption is added and deleted", () => {
  const captions = after({
    op: "add",
    track: 1,
    start_frame: 85,
    end_frame: 90,
    text: "new",
    state: "predicted",
    made: -1,
  });
  expect(captions.get(-1)?.end_seconds).toBe(9.1);
  expect(extents(after({ op: "delete", caption: -1, version: 0 }, captions))).toEqual(extents(three()));
});

test("an operation on a caption that is gone changes nothing", () => {
  expect(extents(after({ op: "update", caption: 9, version: 1, text: "x" }))).toEqual(extents(three()));
  expect(extents(after({ op: "merge", caption: 1, version: 1, other: 9, otherVersion: 1 }))).toEqual(extents(three()));
});

test("an answer that is older than what is known is not taken", () => {
  const known = withAnswer(three(), {
    captions: [caption({ id: 1, start_frame: 10, end_frame: 29, version: 3, text: "new" })],
    removed_ids: [2],
  });
  const late = withAnswer(known, {
    captions: [caption({ id: 1, start_frame: 10, end_frame: 29, version: 2, text: "old" })],
    removed_ids: [],
  });
  expect(late.get(1)?.text).toBe("new");
  expect(late.has(2)).toBe(false);
});

test("a caption that became a gap leaves", () => {
  const gap = caption({ id: 1, start_frame: 0, end_frame: 29, state: "gap", version: 2 });
  expect(withAnswer(three(), { captions: [gap], removed_ids: [] }).has(1)).toBe(false);
});
