import { describe, expect, it } from "vitest";
import { Speed } from "./speed";

describe("Speed", () => {
  it("knows nothing at first", () => {
    const speed = new Speed();
    speed.note(0, 0);
    speed.note(50, 100);
    expect(speed.perSecond()).toBeNull();
    expect(speed.secondsLeft(100)).toBeNull();
  });

  it("measures units per second and the time that is left", () => {
    const speed = new Speed();
    speed.note(0, 0);
    speed.note(100, 1000);
    expect(speed.perSecond()).toBe(100);
    expect(speed.secondsLeft(1100)).toBe(10);
  });

  it("forgets what is long ago", () => {
    const speed = new Speed(10_000);
    speed.note(0, 0);
    for (let second = 1; second <= 30; second += 1) speed.note(1000 + second, second * 1000);
    expect(speed.perSecond()).toBe(1);
  });

  it("begins anew when less is done than before", () => {
    const speed = new Speed();
    speed.note(0, 0);
    speed.note(500, 1000);
    speed.note(100, 1500);
    expect(speed.perSecond()).toBeNull();
  });
});
