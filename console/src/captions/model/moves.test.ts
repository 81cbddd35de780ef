import { expect, test } from "vitest";
import { caption, clock, three } from "./captions.fixture";
import { gridMove, moveTo, moveToGrid, splitFrame, splitTexts } from "./moves";
import { captionsOf } from "./rows";
import type { Caption } from "./types";

const captions = three();
const row = (id: number): Caption => captions.get(id) as Caption;

test("an end moves by a frame of the grid", () => {
  expect(gridMove(captions, row(3), "start", -1, clock)).toEqual({ start_frame: 59 });
  expect(gridMove(captions, row(3), "end", 1, clock)).toEqual({ end_frame: 80 });
});

test("an end stops where a caption would lose its last frame", () => {
  expect(gridMove(captions, row(2), "start", -19, clock)).toEqual({ start_frame: 11 });
  expect(gridMove(captions, row(2), "start", -20, clock)).toBeNull();
  expect(gridMove(captions, row(2), "start", 20, clock)).toBeNull();
  expect(gridMove(captions, row(3), "end", 21, clock)).toBeNull();
  expect(gridMove(captions, row(1), "start", -11, clock)).toBeNull();
});

test("an end moves to a picture of the file and keeps its frame within a tenth of a second", () => {
  expect(moveTo(captions, row(3), "start", 5.96, clock)).toEqual({ start_seconds: 5.96 });
  expect(moveTo(captions, row(3), "end", 8.04, clock)).toEqual({ end_seconds: 8.04 });
});

test("an end that goes further takes its frame along", () => {
  const moved = caption({ id: 3, start_frame: 60, end_frame: 79, start_seconds: 5.92, end_seconds: 8.08 });
  const alone = captionsOf([moved]);
  expect(moveTo(alone, moved, "start", 5.88, clock)).toEqual({ start_frame: 59, start_seconds: 5.88 });
  expect(moveTo(alone, moved, "end", 8.12, clock)).toEqual({ end_frame: 81, end_seconds: 8.12 });
});

test("a time in the next frame belongs to the frame in which its picture is seen first", () => {
  // Frame 59 shows the picture of 5.88 s at 5.9 s; frame 81 ends when the picture of 8.12 s is seen at 8.2 s.
  expect(moveTo(captions, row(3), "start", 5.7, clock)).toEqual({ start_frame: 57, start_seconds: 5.7 });
});

test("a caption does not end before it starts", () => {
  expect(moveTo(captions, row(3), "start", 8, clock)).toBeNull();
  expect(moveTo(captions, row(3), "end", 6, clock)).toBeNull();
});

test("a drag finds the nearest frame", () => {
  expect(moveToGrid(captions, row(3), "start", 6.26, clock)).toEqual({ start_frame: 63 });
  expect(moveToGrid(captions, row(3), "end", 8.26, clock)).toEqual({ end_frame: 82 });
});

test("times count from the first picture of the file", () => {
  const late = { startSeconds: 1.4, frameCount: 100 };
  const moved = caption({ id: 3, start_frame: 60, end_frame: 79, start_seconds: 7.4, end_seconds: 9.4 });
  expect(moveToGrid(captionsOf([moved]), moved, "start", 7.61, late)).toEqual({ start_frame: 62 });
});

test("a split divides at the play head, else in the middle", () => {
  expect(splitFrame(row(3), 6.5, clock)).toBe(65);
  expect(splitFrame(row(3), 1, clock)).toBe(70);
  expect(splitFrame(row(3), null, clock)).toBe(70);
  expect(splitFrame(caption({ id: 4, start_frame: 5, end_frame: 5 }), null, clock)).toBeNull();
});

test("a split divides the text at the cursor, else between lines", () => {
  expect(splitTexts("Hello world", 5)).toEqual(["Hello", "world"]);
  expect(splitTexts("Hello\nworld", null)).toEqual(["Hello", "world"]);
  expect(splitTexts("Hello", null)).toEqual(["Hello", "Hello"]);
});
