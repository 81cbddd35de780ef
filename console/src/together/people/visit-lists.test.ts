import { expect, test } from "vitest";
import { othersAt } from "./visit-lists";

const visit = (user_id: string, tab: string, more: object = {}) => ({
  user_id,
  tab,
  name: null,
  view: null,
  caption_id: null,
  working: false,
  began_at: "2026-01-01T00:00:00Z",
  ...more,
});

test("a person is shown once, at the place of work", () => {
  const all = [
    visit("ann", "1"),
    visit("ann", "2", { working: true, caption_id: 7 }),
    visit("ann", "3"),
    visit("bob", "4"),
  ];
  expect(othersAt(all, "own").map(({ tab }) => tab)).toEqual(["2", "4"]);
});

test("the own tab is left out, another tab of the same person is not", () => {
  expect(othersAt([visit("me", "own"), visit("me", "2")], "own").map(({ tab }) => tab)).toEqual(["2"]);
});

test("a caption shows those who are at it", () => {
  const all = [visit("ann", "1", { caption_id: 7 }), visit("bob", "2", { caption_id: 8 })];
  expect(othersAt(all, "own", 8).map(({ user_id }) => user_id)).toEqual(["bob"]);
});
