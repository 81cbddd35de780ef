import { expect, test } from "vitest";
import { difference } from "./text-difference";

const shown = (before: string, after: string) =>
  difference(before, after)
    .map(({ text, kind }) => ({ same: text, removed: `[-${text}]`, added: `[+${text}]` })[kind])
    .join("");

test.each([
  ["Hello world", "Hello, world", "Hello[+,] world"],
  ["the cat sat", "the dog sat", "the [-cat][+dog] sat"],
  ["你好世界", "你们好世界", "你[+们]好世界"],
  ["", "new", "[+new]"],
  ["old", "", "[-old]"],
  ["same", "same", "same"],
])("%s becomes %s", (before, after, expected) => {
  expect(shown(before, after)).toBe(expected);
});

test("a very long text is shown whole", () => {
  const long = "word ".repeat(400);
  expect(difference(long, "short")).toEqual([
    { text: long, kind: "removed" },
    { text: "short", kind: "added" },
  ]);
});
