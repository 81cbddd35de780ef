import { expect, test } from "vitest";
import { caption, three } from "./captions.fixture";
import { doubtOf, doubts, kept, nextOpen, ordered } from "./order";
import { type Captions, captionsOf } from "./rows";
import type { Caption } from "./types";

const at = (id: number, fields: Parameters<typeof caption>[0] | object = {}) =>
  caption({ id, start_frame: id * 20, end_frame: id * 20 + 15, ...fields });

test("the doubtful stand first, the confirmed last", () => {
  const captions = captionsOf([
    at(1, { state: "confirmed", caption_ocr_confidence: 0.2 }),
    at(2),
    at(3, { caption_ocr_confidence: 0.6 }),
    at(4, { text: null, caption_ocr: null, caption_ocr_confidence: null }),
    at(5, { confidence: 0.3 }),
  ]);
  expect(ordered(captions, "doubt", doubts(captions))).toEqual([4, 5, 3, 2, 1]);
  expect(ordered(captions, "time", new Map())).toEqual([1, 2, 3, 4, 5]);
});

test("an edit changes the doubts of the caption and of the one after it, which begins too soon now", () => {
  const before = captionsOf([at(1), at(2), at(3)]);
  const first = doubts(before);
  const after = captionsOf([at(1), at(2, { end_seconds: 5.95 }), at(3)].map((row) => changedOnly(before, row)));
  const second = doubts(after);
  expect(second.get(1)).toBe(first.get(1));
  expect(second.get(3)?.reasons).toEqual(["gap"]);
  expect(first.get(3)?.reasons).toEqual([]);
  // Taken back, the former doubts stand again.
  expect(doubts(before).get(3)?.reasons).toEqual([]);
});

/** The row that was there where it says the same, as a change of the captions leaves it. */
function changedOnly(before: Captions, row: Caption): Caption {
  const former = before.get(row.id);
  return JSON.stringify(former) === JSON.stringify(row) && former !== undefined ? former : row;
}

test("a doubt says why, the worst first", () => {
  expect(doubtOf(at(1, { caption_ocr_confidence: 0.5, confidence: 0.8 }), []).reasons).toEqual([
    "text-unsure",
    "extent-unsure",
  ]);
  expect(doubtOf(at(1, { caption_ocr_status: "error", text: null }), []).reasons).toEqual(["ocr-failed"]);
  expect(doubtOf(at(1), [{ kind: "short", seconds: 0.2, least: 0.8 }]).reasons).toEqual(["short"]);
});

test("what a person typed is not doubted for what OCR read", () => {
  expect(doubtOf(at(1, { text: "typed", caption_ocr_confidence: 0.1 }), []).reasons).toEqual([]);
});

test("the list does not jump when captions change", () => {
  const ids = [3, 1, 2];
  expect(kept(ids, three())).toEqual(ids);
  const changed = new Map(three()).set(7, caption({ id: 7, start_frame: 80, end_frame: 90 }));
  changed.delete(1);
  expect(kept(ids, changed)).toEqual([3, 7, 2]);
});

test("the next open caption is found around the end of the list", () => {
  const captions = captionsOf([at(1), at(2, { state: "confirmed" }), at(3, { state: "confirmed" })]);
  expect(nextOpen([1, 2, 3], captions, 2)).toBe(1);
  expect(nextOpen([2, 3], captions, 2)).toBeNull();
});
