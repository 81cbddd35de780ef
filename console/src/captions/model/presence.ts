/**
 * Where the model saw text: a digit per frame of a track, from 0 (surely none) to 9 (surely some).
 * Edits do not change it, so it shows where a caption may be missing. Pure.
 */

import { oncePer } from "./once-per";
import type { Gap } from "./rows";
import type { Caption } from "./types";

/** Frames, `end_frame` inclusive. */
export interface Stretch {
  start_frame: number;
  end_frame: number;
}

/** From this level on, text is more likely than none. */
const SEEN = 5;
/** A shorter stretch is nearly always the blur at the end of a caption that is there. */
const LEAST_FRAMES = 3;
/** How long an added caption is where the model saw no text: two seconds, as captions often are. */
const USUAL_FRAMES = 20;

/** The stretches between two frames, both inclusive, in which the model saw text. */
export function seenIn(levels: string, { start_frame, end_frame }: Stretch): Stretch[] {
  const found: Stretch[] = [];
  let start: number | null = null;
  for (let frame = start_frame; frame <= end_frame + 1; frame++) {
    const seen = frame <= end_frame && Number(levels[frame] ?? 0) >= SEEN;
    if (seen) start ??= frame;
    else if (start !== null) {
      if (frame - start >= LEAST_FRAMES) found.push({ start_frame: start, end_frame: frame - 1 });
      start = null;
    }
  }
  return found;
}

/** What is missing in gaps, by the levels. */
const missingIn = oncePer((_gaps: readonly Gap[]) => new Map<string, readonly Stretch[]>());

/** The stretches in which the model saw text and there is no caption. */
export function missing(levels: string, gaps: readonly Gap[]): readonly Stretch[] {
  const known = missingIn(gaps);
  const found = known.get(levels) ?? gaps.flatMap((gap) => seenIn(levels, gap));
  known.set(levels, found);
  return found;
}

/**
 * Where to add a caption in a gap: where the model saw text, else for two seconds.
 *
 * @param near the frame of the gap near which the person wants it.
 */
export function placeIn(gap: Stretch, levels: string, near: number): Stretch {
  const distance = (each: Stretch) => Math.max(each.start_frame - near, near - each.end_frame, 0);
  const [nearest] = seenIn(levels, gap).sort((a, b) => distance(a) - distance(b));
  if (nearest !== undefined) return nearest;
  // At the end of a gap, it ends there.
  const start = Math.max(gap.start_frame, Math.min(near, gap.end_frame - USUAL_FRAMES + 1));
  return { start_frame: start, end_frame: Math.min(gap.end_frame, start + USUAL_FRAMES - 1) };
}

/** The gap after a caption, or before it; null where another caption or the end of the video follows at once. */
export function gapBeside(gaps: readonly Gap[], caption: Caption, side: "before" | "after"): Gap | null {
  const found =
    side === "after"
      ? gaps.find((gap) => gap.start_frame === caption.end_frame + 1)
      : gaps.find((gap) => gap.end_frame === caption.start_frame - 1);
  return found ?? null;
}
