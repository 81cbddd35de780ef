import { describe, expect, it } from "vitest";
import { isSameFile, isVideo } from "./files";

describe("isVideo", () => {
  it.each([
    ["a.mp4", "video/mp4", true],
    ["a.MKV", "", true],
    ["a.rmvb", "", true],
    ["a.srt", "", false],
    ["a.jpg", "image/jpeg", false],
    ["._a.mp4", "video/mp4", false],
  ])("%s (%s): %s", (name, type, expected) => expect(isVideo({ name, type })).toBe(expected));
});

describe("isSameFile", () => {
  const mark = { name: "a.mp4", size: 5, lastModified: 7 };

  it("takes a file with another size or date for another file", () => {
    expect(isSameFile(mark, { ...mark })).toBe(true);
    expect(isSameFile(mark, { ...mark, size: 6 })).toBe(false);
    expect(isSameFile(mark, { ...mark, lastModified: 8 })).toBe(false);
  });
});
