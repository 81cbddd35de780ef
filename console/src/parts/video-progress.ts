import type { Schemas } from "../api/client";

export type Progress = Schemas["Progress"];

/** Return the progress that a video's row holds; the gateway promises no form for it. */
export function progressOf(video: Pick<Schemas["VideoSummary"], "progress">): Progress | null {
  const { stage, done, total } = video.progress ?? {};
  if (typeof stage !== "string" || typeof done !== "number" || typeof total !== "number") return null;
  return { stage, done, total };
}
