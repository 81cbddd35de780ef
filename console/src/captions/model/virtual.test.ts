import { expect, test } from "vitest";
import { scrollFor, visible } from "./virtual";

test("only the rows around the visible ones are drawn", () => {
  expect(visible(0, 600, 60, 2000)).toEqual({ first: 0, end: 16 });
  expect(visible(60_000, 600, 60, 2000)).toEqual({ first: 994, end: 1016 });
  expect(visible(120_000, 600, 60, 2000)).toEqual({ first: 1994, end: 2000 });
  expect(visible(0, 600, 60, 0)).toEqual({ first: 0, end: 0 });
});

test("the list scrolls only as far as it must", () => {
  expect(scrollFor(5, 0, 600, 60)).toBeNull();
  expect(scrollFor(20, 0, 600, 60)).toBe(720);
  expect(scrollFor(2, 600, 600, 60)).toBe(60);
});
