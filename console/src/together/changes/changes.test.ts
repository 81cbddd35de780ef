import { expect, test } from "vitest";
import { type Change, confirmation, moved, rowsOf, textOf, withNewest } from "./changes";

const caption = (id: number, more: object = {}) => ({
  id,
  version: 1,
  track: 1,
  start_frame: 0,
  end_frame: 9,
  start_seconds: 0,
  end_seconds: 1,
  state: "predicted" as const,
  confidence: 0.9,
  text: null,
  text_status: null,
  text_notes: null,
  caption_ocr: null,
  caption_ocr_confidence: null,
  caption_ocr_status: null,
  caption_ocr_error: null,
  edited_at: null,
  ...more,
});
const change = (before: ReturnType<typeof caption>[], after: ReturnType<typeof caption>[]): Change => ({
  number: 1,
  kind: "update",
  made_by: "ann",
  made_at: "2026-01-01T00:00:00Z",
  undoes: null,
  undone_by: null,
  caption_count: 1,
  before,
  after,
});

test("a row shows what it was and what it became, also when it was made or removed", () => {
  const rows = rowsOf(change([caption(1), caption(2)], [caption(1, { text: "new" }), caption(3)]));
  expect(rows.map(({ id, before, after }) => [id, before?.text, after?.text])).toEqual([
    [1, null, "new"],
    [2, null, undefined],
    [3, undefined, null],
  ]);
});

test("gaps are shown when nothing else changed", () => {
  const gap = caption(2, { state: "gap" });
  expect(rowsOf(change([caption(1), gap], [caption(1)])).map(({ id }) => id)).toEqual([1]);
  expect(rowsOf(change([gap], [gap])).map(({ id }) => id)).toEqual([2]);
});

test("the history of a caption shows its own row", () => {
  expect(rowsOf(change([caption(1), caption(2)], []), 2).map(({ id }) => id)).toEqual([2]);
});

test("a row says whether it moved and was confirmed", () => {
  const row = { id: 1, before: caption(1), after: caption(1, { end_seconds: 2, state: "confirmed" }) };
  expect([moved(row), confirmation(row)]).toEqual([true, true]);
  expect([moved({ ...row, after: row.before }), confirmation({ ...row, after: row.before })]).toEqual([false, null]);
  expect(confirmation({ ...row, before: row.after, after: row.before })).toBe(false);
});

test("the text that a person typed comes before that of OCR, even when it is empty", () => {
  expect(textOf(caption(1, { caption_ocr: "read" }))).toBe("read");
  expect(textOf(caption(1, { caption_ocr: "read", text: "" }))).toBe("");
});

test("older pages stay when a new change comes, unless there would be a hole", () => {
  const numbered = (...numbers: number[]) => numbers.map((number) => ({ ...change([], []), number }));
  const numbers = (changes: readonly Change[]) => changes.map((each) => each.number);
  expect(numbers(withNewest(numbered(5, 4, 3, 2, 1), numbered(6, 5)))).toEqual([6, 5, 4, 3, 2, 1]);
  expect(numbers(withNewest(numbered(2, 1), numbered(9, 8)))).toEqual([9, 8]);
  expect(numbers(withNewest(numbered(2, 1), []))).toEqual([]);
});
