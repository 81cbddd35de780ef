import type { LiveEvent } from "../../api/events";

/** A change that somebody else made. */
export interface OthersChange {
  change: number;
  madeBy: string;
  captionIds: readonly number[];
  removedIds: readonly number[];
}

/** Return the change of the captions of a video that an event tells of, if another person made it. Pure. */
export function changeOfOther(event: LiveEvent, videoId: string, me: string | null): OthersChange | null {
  if (event.kind !== "captions.changed" || event.video_id !== videoId) return null;
  const { change, made_by: madeBy, caption_ids: captionIds, removed_ids: removedIds } = event.data;
  if (change == null || madeBy == null || madeBy === me) return null;
  return { change, madeBy, captionIds: captionIds ?? [], removedIds: removedIds ?? [] };
}
