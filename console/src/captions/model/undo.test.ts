import { expect, test } from "vitest";
import type { Change } from "./types";
import { toRedo, toUndo } from "./undo";

function change(number: number, fields: Partial<Change> = {}): Change {
  return {
    number,
    kind: "update",
    made_by: "me",
    made_at: "",
    undoes: null,
    undone_by: null,
    before: [],
    after: [],
    caption_count: 1,
    ...fields,
  };
}

test("the latest change of the person is undone", () => {
  expect(toUndo([change(3, { made_by: "you" }), change(2), change(1)], "me")).toBe(2);
  expect(toUndo([change(3, { made_by: "you" }), change(2), change(1)], null)).toBe(3);
});

test("a change that is undone is passed over", () => {
  expect(toUndo([change(3, { undoes: 2 }), change(2, { undone_by: 3 }), change(1)], "me")).toBe(1);
  expect(toUndo([], "me")).toBeNull();
});

test("what was undone is done again, and undone again", () => {
  const undone = [change(2, { undoes: 1 }), change(1, { undone_by: 2 })];
  expect(toRedo(undone, "me")).toBe(2);
  const again = [change(3, { undoes: 2 }), change(2, { undoes: 1, undone_by: 3 }), change(1, { undone_by: 2 })];
  expect(toRedo(again, "me")).toBeNull();
  expect(toUndo(again, "me")).toBe(3);
});

test("changes are done again in the order in which they were undone", () => {
  const history = [
    change(4, { undoes: 1 }),
    change(3, { undoes: 2 }),
    change(2, { undone_by: 3 }),
    change(1, { undone_by: 4 }),
  ];
  expect(toRedo(history, "me")).toBe(4);
});

test("a new change ends what can be done again", () => {
  expect(toRedo([change(3), change(2, { undoes: 1 }), change(1, { undone_by: 2 })], "me")).toBeNull();
});
