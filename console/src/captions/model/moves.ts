/** Moving an end of a caption: by a frame of the grid, by a frame of the file, or to a time. */

import { type Captions, endSecondsOf, neighbours, startSecondsOf } from "./rows";
import { type Caption, type CaptionFields, type Clock, FRAMES_PER_SECOND, type Side } from "./types";

/** An exact time may differ by at most this from the time of its frame. */
const STEP_S = 1 / FRAMES_PER_SECOND;
/** Containers state times in their own units; a microsecond covers the rounding between them. */
const ROUNDING_S = 1e-6;

/**
 * The fields that move an end by frames of the grid, or null when the end cannot move there.
 *
 * A caption keeps at least one frame, and so does its neighbour.
 */
export function gridMove(
  captions: Captions,
  caption: Caption,
  side: Side,
  frames: number,
  clock: Clock,
): CaptionFields | null {
  const frame = (side === "start" ? caption.start_frame : caption.end_frame) + frames;
  return movedTo(captions, caption, side, frame, clock);
}

function movedTo(captions: Captions, caption: Caption, side: Side, frame: number, clock: Clock): CaptionFields | null {
  const { before, after } = neighbours(captions, caption);
  if (side === "start") {
    const first = before === null ? 0 : before.start_frame + 1;
    return frame < first || frame > caption.end_frame ? null : { start_frame: frame };
  }
  const last = after === null ? clock.frameCount - 1 : after.end_frame - 1;
  return frame > last || frame < caption.start_frame ? null : { end_frame: frame };
}

/** The fields that move an end to an exact time, with its frame where the frame must move too. */
export function moveTo(
  captions: Captions,
  caption: Caption,
  side: Side,
  seconds: number,
  clock: Clock,
): CaptionFields | null {
  if (side === "start" ? seconds >= caption.end_seconds : seconds <= caption.start_seconds) return null;
  const frame = frameFor(caption, side, seconds, clock);
  const own = side === "start" ? caption.start_frame : caption.end_frame;
  const moved = frame === own ? {} : movedTo(captions, caption, side, frame, clock);
  if (moved === null) return null;
  const exact = Math.round(seconds * 1000) / 1000;
  return side === "start" ? { ...moved, start_seconds: exact } : { ...moved, end_seconds: exact };
}

/** The fields that move an end to the frame of the grid that is nearest to a time. */
export function moveToGrid(
  captions: Captions,
  caption: Caption,
  side: Side,
  seconds: number,
  clock: Clock,
): CaptionFields | null {
  const boundary = Math.round((seconds - clock.startSeconds) * FRAMES_PER_SECOND);
  return movedTo(captions, caption, side, side === "start" ? boundary : boundary - 1, clock);
}

/** The own frame of an end when it is near enough to a time, else the first frame at or after it. */
function frameFor(caption: Caption, side: Side, seconds: number, clock: Clock): number {
  const own = side === "start" ? startSecondsOf(caption.start_frame, clock) : endSecondsOf(caption.end_frame, clock);
  if (Math.abs(seconds - own) <= STEP_S + ROUNDING_S) return side === "start" ? caption.start_frame : caption.end_frame;
  const first = Math.ceil((seconds - clock.startSeconds) * FRAMES_PER_SECOND - 1e-4);
  return side === "start" ? first : first - 1;
}

/** The frame at which a split divides a caption: the one at a time, else the middle one. */
export function splitFrame(caption: Caption, seconds: number | null, clock: Clock): number | null {
  if (caption.end_frame === caption.start_frame) return null;
  const at = seconds === null ? -1 : Math.round((seconds - clock.startSeconds) * FRAMES_PER_SECOND);
  if (at > caption.start_frame && at <= caption.end_frame) return at;
  return Math.ceil((caption.start_frame + caption.end_frame) / 2);
}

/** The texts of the two parts of a split: at a cursor, else the lines, else all on both. */
export function splitTexts(text: string, cursor: number | null): [string, string] {
  if (cursor !== null && cursor > 0 && cursor < text.length)
    return [text.slice(0, cursor).trim(), text.slice(cursor).trim()];
  const lines = text.split("\n");
  if (lines.length < 2) return [text, text];
  const half = Math.ceil(lines.length / 2);
  return [lines.slice(0, half).join("\n"), lines.slice(half).join("\n")];
}
