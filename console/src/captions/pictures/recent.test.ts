import { expect, test } from "vitest";
import { Recent } from "./recent";

test("the values that were used last are kept", () => {
  const gone: number[] = [];
  const recent = new Recent<number>(2, (value) => gone.push(value));
  recent.getOr("a", () => 1);
  recent.getOr("b", () => 2);
  recent.getOr("a", () => 9);
  recent.getOr("c", () => 3);
  expect(gone).toEqual([2]);
  expect(recent.getOr("a", () => 9)).toBe(1);
  recent.clear();
  expect(gone).toEqual([2, 3, 1]);
});
