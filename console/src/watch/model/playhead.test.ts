import { expect, test } from "vitest";
import { FrameClock, Playhead } from "./playhead";

function playing(): { playhead: Playhead; pass: (seconds: number) => void } {
  let now = 0;
  const playhead = new Playhead();
  playhead.attach(new FrameClock({ start: 0, end: 10 }, () => now));
  const pass = (seconds: number) => {
    now += seconds * 1000;
    playhead.tick();
  };
  return { playhead, pass };
}

test("frames are played by the clock and stop at the end", () => {
  const { playhead, pass } = playing();
  playhead.toggle();
  pass(2.5);
  expect([playhead.seconds.value, playhead.playing.value]).toEqual([2.5, true]);
  pass(20);
  expect([playhead.seconds.value, playhead.playing.value]).toEqual([10, false]);
  playhead.toggle();
  pass(1);
  expect(playhead.seconds.value).toBe(1);
});

test("a stopped video stands still and is sought", () => {
  const { playhead, pass } = playing();
  playhead.seek(4);
  pass(3);
  expect(playhead.seconds.value).toBe(4);
});

test("a loop begins again at its end, and when the person seeks away before it", () => {
  const { playhead, pass } = playing();
  playhead.loop.value = { start: 3, end: 5 };
  playhead.seek(3);
  playhead.toggle();
  pass(2.1);
  expect(playhead.seconds.value).toBe(3);
  playhead.seek(1);
  pass(0.1);
  expect(playhead.seconds.value).toBe(3);
});

test("another source goes on where the last one was", () => {
  const { playhead } = playing();
  playhead.seek(4);
  const next = new FrameClock({ start: 0, end: 10 }, () => 0);
  playhead.attach(next);
  expect(next.seconds).toBe(4);
});

test("the picture that is shown began at the frame of the grid before", async () => {
  const { playhead } = playing();
  playhead.seek(4.37);
  expect(await playhead.pictureSeconds()).toBeCloseTo(4.3, 9);
  playhead.seek(4.3);
  expect(await playhead.pictureSeconds()).toBeCloseTo(4.3, 9);
});
