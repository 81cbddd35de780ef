import { expect, test } from "vitest";
import { blocksOf } from "./webm";

/** An element with a size of one byte, or of `length` bytes. */
function element(id: number[], content: number[], length = 1): number[] {
  const size = Array.from({ length }, (_, at) => (content.length >> (8 * (length - 1 - at))) & 0xff);
  size[0] = (size[0] ?? 0) | (0x80 >> (length - 1));
  return [...id, ...size, ...content];
}

const HEAD = element([0x1a, 0x45, 0xdf, 0xa3], [0x42, 0x86, 0x81, 1]);
const TRACKS = element([0x16, 0x54, 0xae, 0x6b], [0xae, 0x81, 0]);
const TIME = element([0xe7], [0]);
const block = (time: number, flags: number, data: number[]) => element([0xa3], [0x81, 0, time, flags, ...data], 2);
const cluster = (...blocks: number[][]) => element([0x1f, 0x43, 0xb6, 0x75], [TIME, ...blocks].flat(), 4);
const segment = (...parts: number[][]) => element([0x18, 0x53, 0x80, 0x67], parts.flat(), 8);
const read = (...parts: number[][]) =>
  blocksOf(new Uint8Array(parts.flat()).buffer).map(({ key, data }) => [key, ...data]);

test("the pictures of all clusters are read in their order", () => {
  const first = cluster(block(0, 0x80, [1, 2, 3]), block(100, 0, [4]));
  const second = cluster(block(0, 0x80, [5, 6]));
  expect(read(HEAD, segment(TRACKS, first, second))).toEqual([
    [true, 1, 2, 3],
    [false, 4],
    [true, 5, 6],
  ]);
});

test("a file that was streamed has elements of unknown size", () => {
  const unknown = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  expect(read(HEAD, [0x18, 0x53, 0x80, 0x67, ...unknown], cluster(block(0, 0x80, [9])))).toEqual([[true, 9]]);
});

test("what is no WebM file has no pictures, and the reading ends", () => {
  expect(read([0, 0, 0, 0])).toEqual([]);
  expect(read([0x3c, 0x68, 0x74, 0x6d, 0x6c, 0x3e])).toEqual([]);
  expect(read(HEAD, segment(cluster(block(0, 0x80, [1, 2, 3]))).slice(0, 20))).toEqual([]);
});
