import { describe, expect, test } from "vitest";
import { applies, commandOf, FORMATS, offsetOf, pathOf, queryOf, USUAL } from "./options";

const EVERYTHING = {
  confirmed: true,
  gaps: true,
  dropEmpty: true,
  bom: true,
  crlf: true,
  track: 2,
  offset: -1.5,
};

test("what is as usual is not asked for", () => {
  for (const format of FORMATS) {
    expect(queryOf(format, USUAL)).toBe("");
  }
  expect(pathOf("v", "srt", USUAL)).toBe("/videos/v/captions.srt");
});

test("options become the query of the API", () => {
  expect(pathOf("v", "srt", EVERYTHING)).toBe(
    "/videos/v/captions.srt?confirmed=true&drop_empty=true&bom=true&crlf=true&track=2&offset=-1.5",
  );
});

test("what the API refuses for a format is not asked for", () => {
  expect(queryOf("json", EVERYTHING)).not.toContain("bom");
  expect(queryOf("truth.json", EVERYTHING)).toBe("crlf=true&track=2");
  expect(queryOf("ass", EVERYTHING)).not.toContain("gaps");
  expect(queryOf("csv", EVERYTHING)).toContain("gaps=true");
});

test("times of plain text cannot be moved, since it has none", () => {
  expect(applies("offset", "txt")).toBe(false);
});

test("the command writes the same file", () => {
  expect(commandOf("3f1c", "ass", { ...USUAL, dropEmpty: true, offset: -1.5 })).toBe(
    "captionacc export 3f1c --format ass --drop-empty --offset=-1.5",
  );
});

describe("an offset", () => {
  test.each([
    ["1.5", 1.5],
    ["-2", -2],
    ["+0,25", 0.25],
    ["-1:02.5", -62.5],
    ["1:00:00", 3600],
    ["", 0],
    ["-0", 0],
  ])("%s is read", (text, seconds) => {
    expect(offsetOf(text)).toBe(seconds);
  });

  test.each(["1.5s", "a", "1:", "90000", "--1"])("%s is refused", (text) => {
    expect(offsetOf(text)).toBeNull();
  });
});
