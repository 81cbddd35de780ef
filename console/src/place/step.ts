import { stageName } from "../messages/stages";
import { progressOf } from "../parts/video-progress";
import { percent } from "./place-name";
import type { Video } from "./state";

/** Return the step that is worked on now, if the work says how far it is. */
export function stepOf(video: Video): { name: string; percent: number } | null {
  const progress = progressOf(video);
  if (progress === null || progress.total <= 0) return null;
  return { name: stageName(progress.stage), percent: percent(progress.done / progress.total) };
}
