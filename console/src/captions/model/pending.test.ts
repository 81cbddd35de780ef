import { expect, test } from "vitest";
import { caption, clock, three } from "./captions.fixture";
import { type Edit, enqueued, insisted, isDone, madeIds, rebased, refused, view } from "./pending";
import { withAnswer } from "./rows";
import type { Operation } from "./types";

const text = (id: number, value: string, version = 1): Operation => ({
  op: "update",
  caption: id,
  version,
  text: value,
});
const edit = (key: string, ...operations: Operation[]): Edit => ({ key, operations });

test("a person sees the edits at once", () => {
  expect(view(three(), [edit("a", text(1, "new"))], clock).get(1)?.text).toBe("new");
});

test("updates of one caption become one edit while they wait", () => {
  const first = enqueued([], edit("a", { op: "update", caption: 1, version: 1, end_frame: 30 }));
  const second = enqueued(
    first,
    edit("b", { op: "update", caption: 1, version: 1, end_frame: 31, state: "confirmed" }),
  );
  expect(second).toEqual([edit("a", { op: "update", caption: 1, version: 1, end_frame: 31, state: "confirmed" })]);
});

test("an edit that was sent is left alone", () => {
  expect(enqueued([{ ...edit("a", text(1, "x")), sent: true }], edit("b", text(1, "y")))).toHaveLength(2);
});

test("later edits name the version of the answer", () => {
  const rest = rebased([edit("b", text(1, "y"))], new Map(), {
    captions: [caption({ id: 1, start_frame: 10, end_frame: 29, version: 2 })],
  });
  expect(rest).toEqual([edit("b", text(1, "y", 2))]);
});

test("edits of a caption that was made meanwhile name its id", () => {
  const split = edit("a", { op: "split", caption: 3, version: 1, frame: 70, texts: ["a", "b"], made: -1 });
  const answer = {
    captions: [
      caption({ id: 3, start_frame: 60, end_frame: 69, version: 2 }),
      caption({ id: 44, start_frame: 70, end_frame: 79, version: 1 }),
    ],
  };
  const ids = madeIds(split, answer);
  expect(ids.get(-1)).toBe(44);
  expect(rebased([edit("b", text(-1, "c", 0))], ids, answer)).toEqual([edit("b", text(44, "c", 1))]);
});

test("a refused edit takes those along that build on it, and shows both texts", () => {
  const pending = [
    edit("a", text(1, "mine")),
    edit("b", text(2, "other")),
    edit("c", { op: "update", caption: 1, version: 1, state: "confirmed" }),
  ];
  const theirs = caption({ id: 1, start_frame: 10, end_frame: 29, version: 5, text: "theirs" });
  const { conflict, rest } = refused(pending, "changed", "Changed.", [theirs]);
  expect(rest.map((each) => each.key)).toEqual(["b"]);
  expect(conflict.edits.map((each) => each.key)).toEqual(["a", "c"]);
  expect([conflict.mine, conflict.theirs?.text]).toEqual(["mine", "theirs"]);
  const again = insisted(conflict, withAnswer(three(), { captions: [theirs], removed_ids: [] }));
  expect(again.map((each) => each.operations)).toEqual([
    [text(1, "mine", 5)],
    [{ op: "update", caption: 1, version: 5, state: "confirmed" }],
  ]);
});

test("an edit of a caption that is gone cannot be insisted on", () => {
  const { conflict } = refused([edit("a", text(9, "mine"))], "changed", "Gone.", []);
  expect(conflict.mine).toBe("mine");
  expect(insisted(conflict, three())).toEqual([]);
});

test("an edit whose answer was lost is known by its effect", () => {
  const sent = (operation: Operation): Edit => ({ ...edit("a", operation), sent: true });
  const split: Operation = { op: "split", caption: 3, version: 1, frame: 70, texts: ["a", "b"], made: 9 };
  const captions = view(three(), [edit("a", split)], clock);
  expect(isDone(sent({ ...split, made: -1 }), captions)).toBe(true);
  expect(isDone(edit("a", { ...split, made: -1 }), captions)).toBe(false);
  expect(isDone(sent({ ...split, made: -1 }), three())).toBe(false);
  expect(isDone(edit("a", text(1, "text 1")), three())).toBe(true);
  expect(isDone(sent(text(1, "else")), three())).toBe(false);
  expect(isDone(sent({ op: "delete", caption: 9, version: 1 }), three())).toBe(true);
  expect(isDone(sent({ op: "merge", caption: 1, version: 1, other: 9, otherVersion: 1 }), three())).toBe(true);
  expect(isDone(sent({ op: "update", caption: 1, version: 1, end_seconds: 3.0004 }), three())).toBe(true);
});
