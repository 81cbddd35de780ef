import { expect, test } from "vitest";
import { callOf, hueOf, initials } from "./names";

test("a person is called by name, else by the beginning of the address", () => {
  expect(callOf({ id: "1", name: "Ann Lee", email: "a@example.org" })).toBe("Ann Lee");
  expect(callOf({ id: "1", name: null, email: "ann.lee@example.org" })).toBe("ann.lee");
  expect(callOf({ id: "1", name: null, email: null })).toBeNull();
  expect(callOf(undefined)).toBeNull();
});

test.each([
  ["Ann Lee", "AL"],
  ["ann.lee", "AL"],
  ["Ann", "A"],
  ["Ann Maria Lee", "AL"],
  ["王小明", "明"],
  ["", "?"],
])("the initials of %s are %s", (called, letters) => {
  expect(initials(called)).toBe(letters);
});

test("a person keeps a colour", () => {
  expect(hueOf("a")).toBe(hueOf("a"));
  expect(hueOf("a")).not.toBe(hueOf("b"));
});
