import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fakeGateway } from "../../tests/fake-gateway";
import { shown } from "./model/edits";
import { createPlace } from "./state";

const SUGGESTED = { crop_left: 0.1, crop_top: 0.8, crop_right: 0.9, crop_bottom: 0.95 };
const HIGHER = { ...SUGGESTED, crop_top: 0.4, crop_bottom: 0.55 };

beforeEach(() => {
  fakeGateway(() => ({
    status: "processing",
    tracks: [],
    suggested_crop_region: SUGGESTED,
    suggested_tracks: [{ crop_region: SUGGESTED, confidence: 0.9 }],
    runner_up_tracks: [],
  }));
});
afterEach(() => vi.unstubAllGlobals());

it("leaves a region where a person holds it when the video is loaded again", async () => {
  const place = createPlace("v1");
  await place.load();
  expect(place.regions.value).toEqual([SUGGESTED]);

  place.held.value = true;
  place.edits.value = shown(place.edits.value, 0, HIGHER);
  await place.load();

  expect(place.regions.value).toEqual([HIGHER]);
});

it("follows the server until a person changes something", async () => {
  const place = createPlace("v2");
  await place.load();
  place.edits.value = shown(place.edits.value, 0, HIGHER);

  await place.load();

  expect(place.regions.value).toEqual([SUGGESTED]);
});
