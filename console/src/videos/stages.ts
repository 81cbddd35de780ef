import type { Schemas } from "../api/client";

export type Video = Schemas["VideoSummary"];
export type VideoDetail = Schemas["VideoView"];

/** Where a video stands, as a person sees it. */
export type Stage = "waiting" | "reading" | "place" | "finding" | "check" | "failed";

/** Return where a video stands: what it waits for, what is done with it now, or what a person does next. */
export function stageOf(video: Pick<Video, "status" | "caption_status">): Stage {
  if (video.status === "error" || video.caption_status === "error") return "failed";
  if (video.status === "processing") return "reading";
  if (video.status !== "active") return "waiting";
  if (video.caption_status === null) return "place";
  return video.caption_status === "ready" ? "check" : "finding";
}

/** Whether the services work on the video, or will without anybody's doing. */
export function inWork(stage: Stage): boolean {
  return stage === "waiting" || stage === "reading" || stage === "finding";
}

export const FILTERS = ["all", "working", "place", "check", "failed"] as const;
export type Filter = (typeof FILTERS)[number];

type Query = { status?: Schemas["VideoStatus"][]; caption_status?: Schemas["CaptionStatus"][] };

/**
 * Return what the gateway is asked for a filter. It cannot say all of each filter, because a video has two states,
 * so `fits` decides on what comes back.
 */
export function queryOf(filter: Filter): Query {
  switch (filter) {
    case "place":
      return { status: ["active"] };
    case "check":
      return { caption_status: ["ready"] };
    default:
      return {};
  }
}

export function fits(video: Video, filter: Filter): boolean {
  const stage = stageOf(video);
  if (filter === "all") return true;
  return filter === "working" ? inWork(stage) : filter === stage;
}

/** Return the page of the video that a person wants next. */
export function nextPage(video: Video): "place" | "captions" {
  return video.caption_status === null ? "place" : "captions";
}

/** Return what the calls of a video are estimated to have cost, in US dollars. */
export function costOf(video: VideoDetail): number {
  return video.usage.flatMap((usage) => usage.cost).reduce((sum, line) => sum + line.usd, 0);
}
