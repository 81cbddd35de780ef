import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ProblemError, UnreachableError } from "../../api/problems";
import { MediaFile, type Player } from "./media-file";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("removeEventListener", () => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

class FakePlayer implements Player {
  currentTime = 0;
  paused = true;
  play = async () => {
    this.paused = false;
  };
}

function fileWith(...urls: string[]): MediaFile {
  return new MediaFile(async () => {
    const url = urls.shift();
    if (url === undefined) throw new ProblemError(404, "not_found", "There is no such file.");
    return url;
  });
}

test("a player whose address has ended goes on where it was, with another address", async () => {
  const file = fileWith("first", "second");
  await file.open();
  const player = new FakePlayer();
  file.loaded(player);
  Object.assign(player, { currentTime: 42, paused: false });
  await file.broken(player);
  expect([file.url.value, file.failed.value]).toEqual(["second", false]);
  const next = new FakePlayer();
  file.loaded(next);
  expect([next.currentTime, next.paused]).toEqual([42, false]);
});

test("a file that never played cannot be played", async () => {
  const file = fileWith("first", "second");
  await file.open();
  await file.broken(new FakePlayer());
  expect([file.url.value, file.failed.value]).toEqual(["first", true]);
});

test("a second address that does not play either ends the attempts", async () => {
  const file = fileWith("first", "second", "third");
  await file.open();
  const player = new FakePlayer();
  file.loaded(player);
  await file.broken(player);
  await file.broken(player);
  expect([file.url.value, file.failed.value]).toEqual(["second", true]);
});

test("a file without an address fails", async () => {
  const file = fileWith();
  await file.open();
  expect(file.failed.value).toBe(true);
});

test("a player goes on where it was when the gateway is away as the address ends", async () => {
  let isAway = false;
  let count = 0;
  const file = new MediaFile(async () => {
    if (isAway) throw new UnreachableError("away");
    return `address ${++count}`;
  });
  await file.open();
  const player = Object.assign(new FakePlayer(), { currentTime: 42, paused: false });
  file.loaded(player);
  isAway = true;
  const broken = file.broken(player);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([file.away.value, file.failed.value, file.url.value]).toEqual([true, false, "address 1"]);
  isAway = false;
  await vi.advanceTimersByTimeAsync(10_000);
  await broken;
  expect([file.away.value, file.url.value]).toEqual([false, "address 2"]);
  const next = new FakePlayer();
  file.loaded(next);
  expect([next.currentTime, next.paused]).toEqual([42, false]);
});

test("a view that was left asks no more", async () => {
  const ask = vi.fn(async () => {
    throw new UnreachableError("away");
  });
  const file = new MediaFile(ask);
  const opened = file.open();
  await vi.advanceTimersByTimeAsync(1500);
  file.close();
  await opened;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(2);
});
