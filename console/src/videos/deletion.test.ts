import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Asked, fakeGateway, Refusal } from "../../tests/fake-gateway";
import { toasts } from "../app/toasts";
import { deleteSoon, leaving, UNDO_S } from "./deletion";
import { videos } from "./list";
import type { Video } from "./stages";

const video = { id: "v", display_name: "clip.mp4" } as Video;
let came: Asked[];

beforeEach(() => {
  vi.useFakeTimers();
  came = fakeGateway(() => undefined);
  videos.value = [video];
  toasts.value = [];
  leaving.value = new Set();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("deleteSoon", () => {
  it("asks the gateway only after the time in which a person can take it back", async () => {
    deleteSoon(video);
    // A second click is the same deletion.
    deleteSoon(video);
    await vi.advanceTimersByTimeAsync(UNDO_S * 1000 - 1);
    expect(came).toEqual([]);
    expect(leaving.value.has("v")).toBe(true);

    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    await vi.waitFor(() => expect(videos.value).toEqual([]));

    expect(came.map(({ method, path }) => `${method} ${path}`)).toEqual(["DELETE /videos/v"]);
    expect(toasts.value).toEqual([]);
    expect(leaving.value.size).toBe(0);
  });

  it("keeps the video that a person takes back", async () => {
    deleteSoon(video);
    toasts.value[0]?.action?.run();
    await vi.advanceTimersByTimeAsync(UNDO_S * 2000);

    expect(came).toEqual([]);
    expect(leaving.value.size).toBe(0);
    expect(videos.value).toEqual([video]);
  });

  it("says why the gateway refused, and keeps the video", async () => {
    fakeGateway(() => new Refusal(422, "The video is locked."));
    deleteSoon(video);
    await vi.advanceTimersByTimeAsync(UNDO_S * 1000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(toasts.value.map(({ text }) => text)).toEqual(["The video is locked."]));

    expect(videos.value).toEqual([video]);
    expect(leaving.value.size).toBe(0);
  });
});
