import { expect, test } from "vitest";
import { three } from "./captions.fixture";
import { matching, operationsOf, patternOf, replacements } from "./proposals";
import type { Caption } from "./types";

const search = { find: "text", replace: "", matchCase: false, expression: false };

test("a plain search takes every character as it is", () => {
  const changed = replacements(three(), { ...search, find: "TEXT 1", replace: "$& (1.)" });
  expect(changed).toEqual([{ caption: 1, before: "text 1", after: "$& (1.)" }]);
  expect(replacements(three(), { ...search, find: "." })).toEqual([]);
  expect(replacements(three(), { ...search, find: "TEXT", matchCase: true })).toEqual([]);
});

test("an expression has groups", () => {
  const [first] = replacements(three(), { ...search, find: "(\\w+) (\\d)", replace: "$2 $1", expression: true });
  expect(first?.after).toBe("1 text");
});

test("an expression that is not valid finds nothing", () => {
  expect(patternOf({ find: "(", matchCase: false, expression: true })).toBeNull();
  expect(patternOf({ find: "a-b/c", matchCase: false, expression: false })?.test("A-B/C")).toBe(true);
});

test("chosen proposals become one list with the versions that the person saw", () => {
  const chosen = replacements(three(), { ...search, replace: "word" }).slice(0, 2);
  expect(operationsOf(chosen, three())).toEqual([
    [
      { op: "update", caption: 1, version: 1, text: "word 1" },
      { op: "update", caption: 2, version: 1, text: "word 2" },
    ],
  ]);
});

test("a text that changed after the person saw it is left alone", () => {
  const chosen = replacements(three(), { ...search, replace: "word" });
  const theirs = { ...(three().get(1) as Caption), text: "theirs", version: 2 };
  const [list] = operationsOf(chosen, new Map(three()).set(1, theirs));
  expect(list?.map((each) => "caption" in each && each.caption)).toEqual([2, 3]);
});

test("a filter keeps the order of the list", () => {
  expect(matching([3, 1], three(), "text")).toEqual([3, 1]);
  expect(matching([3, 1], three(), "1")).toEqual([1]);
});
