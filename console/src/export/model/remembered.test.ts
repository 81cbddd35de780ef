import { expect, test } from "vitest";
import { USUAL } from "./options";
import { FIRST_CHOICE, recalled, remembering } from "./remembered";

/** As the browser stores it. */
function again<T>(value: T): unknown {
  return JSON.parse(JSON.stringify(value));
}

test("the first choice is SubRip with usual options", () => {
  expect(recalled(undefined, "a")).toEqual(FIRST_CHOICE);
});

test("a choice holds for all videos, its track and offset for one", () => {
  const options = { ...USUAL, bom: true, crlf: true, track: 2, offset: 1.5 };
  const stored = again(remembering(undefined, "a", { format: "ass", options }));
  expect(recalled(stored, "a")).toEqual({ format: "ass", options });
  expect(recalled(stored, "b")).toEqual({ format: "ass", options: { ...USUAL, bom: true, crlf: true } });
});

test("the videos of a long time ago are forgotten", () => {
  let stored: unknown;
  for (let index = 0; index < 150; index += 1) {
    stored = remembering(stored, `video ${index}`, { format: "srt", options: { ...USUAL, offset: 1 } });
  }
  expect(recalled(stored, "video 149").options.offset).toBe(1);
  expect(recalled(stored, "video 0").options.offset).toBe(0);
});

test.each([
  ["a text", "text"],
  ["a list", []],
  ["another form", { format: "exe", switches: 4, videos: [{ id: 3 }, { id: "a", track: 9, offset: "x" }] }],
])("damaged memory is no harm: %s", (_, stored) => {
  expect(recalled(stored, "a")).toEqual(FIRST_CHOICE);
});
