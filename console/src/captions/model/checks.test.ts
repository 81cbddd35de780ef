import { expect, test } from "vitest";
import { caption } from "./captions.fixture";
import { findingsOf, readingLoad } from "./checks";

const kinds = (...args: Parameters<typeof findingsOf>) => findingsOf(...args).map((each) => each.kind);

test("Chinese is read by the character, Latin letters among it by the half", () => {
  expect(readingLoad("你好，世界 ok")).toEqual({ characters: 6, perSecond: 9 });
  expect(readingLoad("Hello\nworld")).toEqual({ characters: 10, perSecond: 20 });
});

test("a caption that nobody can read in its time is found", () => {
  expect(kinds(caption({ id: 1, start_frame: 0, end_frame: 9, text: "一二三四五六七八九十" }), null)).toEqual(["fast"]);
  expect(kinds(caption({ id: 1, start_frame: 0, end_frame: 19, text: "一二三四五六七八九十" }), null)).toEqual([]);
});

test("a caption that is seen for an instant, or stays, is found", () => {
  expect(kinds(caption({ id: 1, start_frame: 0, end_frame: 3 }), null)).toContain("short");
  expect(kinds(caption({ id: 1, start_frame: 0, end_frame: 70 }), null)).toEqual(["long"]);
});

test("captions may touch, but not nearly touch or overlap", () => {
  const before = caption({ id: 1, start_frame: 0, end_frame: 19 });
  const at = (start: number) => caption({ id: 2, start_frame: 20, end_frame: 39, start_seconds: start });
  expect(kinds(at(2), before)).toEqual([]);
  expect(kinds(at(2.04), before)).toEqual(["gap"]);
  expect(kinds(at(2.09), before)).toEqual([]);
  expect(kinds(at(1.96), before)).toEqual(["overlap"]);
});
