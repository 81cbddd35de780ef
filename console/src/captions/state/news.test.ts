import { signal } from "@preact/signals";
import { expect, test, vi } from "vitest";
import { caption, three } from "../model/captions.fixture";
import type { Captions } from "../model/rows";
import { News, type Reader } from "./news";

const changed = (caption_ids: number[], versions: number[], removed_ids: number[], change = 7) => ({
  caption_ids,
  versions,
  removed_ids,
  change,
  kind: "merge" as const,
  made_by: "ann",
});

function newsOf(some: Reader["some"], own: number[] = []) {
  const server = signal<Captions>(three());
  const all = vi.fn(async () => {});
  return { server, all, news: new News(server, { idle: async () => {}, ownChanges: new Set(own) }, { some, all }) };
}

test("a merge of somebody else is shown whole: never the removed caption gone beside the old row", async () => {
  const merged = caption({ id: 1, start_frame: 10, end_frame: 49, version: 2 });
  const { server, news } = newsOf(async () => [merged]);
  news.hear(changed([1], [2], [2]));
  expect(server.value.size).toBe(3);
  await vi.waitFor(() => expect([...server.value.keys()]).toEqual([1, 3]));
  expect(server.value.get(1)?.end_frame).toBe(49);
});

test("what this page changed itself, or knows already, is not read", async () => {
  vi.useFakeTimers();
  const some = vi.fn(async () => []);
  const { news, all } = newsOf(some, [7]);
  news.hear(changed([1], [2], []));
  news.hear(changed([1], [1], [], 8));
  await vi.advanceTimersByTimeAsync(1000);
  vi.useRealTimers();
  expect([some.mock.calls.length, all.mock.calls.length]).toEqual([0, 0]);
});

test("a change that names no caption is one of all", async () => {
  const { news, all } = newsOf(async () => []);
  news.hear(changed([], [], []));
  await vi.waitFor(() => expect(all).toHaveBeenCalledTimes(1));
});
