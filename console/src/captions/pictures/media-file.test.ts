import { expect, test } from "vitest";
import { MediaFile, type Player } from "./media-file";

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
    if (url === undefined) throw new Error("away");
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
