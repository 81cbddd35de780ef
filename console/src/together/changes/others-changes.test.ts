import { expect, test } from "vitest";
import { changeOfOther } from "./others-changes";

const event = (data: object, kind = "captions.changed") =>
  ({ kind, video_id: "v", job_id: null, tenant_id: "t", number: 1, created_at: "", data }) as Parameters<
    typeof changeOfOther
  >[0];
const EDIT = { caption_ids: [1], versions: [2], removed_ids: [], change: 3, made_by: "ann" };

test("a change of somebody else in the video is told", () => {
  expect(changeOfOther(event(EDIT), "v", "me")).toEqual({ change: 3, madeBy: "ann", captionIds: [1], removedIds: [] });
});

test.each([
  ["one's own change", event({ ...EDIT, made_by: "me" }), "v"],
  ["a change in another video", event(EDIT), "w"],
  ["a job that read text", event({ caption_ids: [1], versions: [2] }), "v"],
  ["another event", event({}, "video.status"), "v"],
])("%s is not told", (_, happened, video) => {
  expect(changeOfOther(happened, video, "me")).toBeNull();
});
