/** The strip of the timeline that shows where the model saw text. Pure. */

import { type Range, xOf } from "./timeline";

/** Neighbouring pixels of the strip that are drawn alike. */
export interface Band {
  x: number;
  width: number;
  /** 1 to 9; the highest of the frames that a pixel shows. */
  level: number;
}

/**
 * @param levels a digit per frame.
 * @param frameAt the frame at a time of the timeline; it may be outside the video.
 */
export function bands(levels: string, range: Range, width: number, frameAt: (seconds: number) => number): Band[] {
  const found: Band[] = [];
  for (let x = 0; x < width; x++) {
    const first = Math.max(0, frameAt(range.start + x * range.secondsPerPixel));
    const end = Math.max(first + 1, frameAt(range.start + (x + 1) * range.secondsPerPixel));
    let level = 0;
    for (let frame = first; frame < end && frame < levels.length; frame++)
      level = Math.max(level, Number(levels[frame]));
    const last = found.at(-1);
    if (level === 0) continue;
    if (last !== undefined && last.level === level && last.x + last.width === x) last.width += 1;
    else found.push({ x, width: 1, level });
  }
  return found;
}

/** The pixels of a stretch of frames. */
export function pixelsOf(
  { start_frame, end_frame }: { start_frame: number; end_frame: number },
  range: Range,
  secondsOf: (frame: number) => number,
): { x: number; width: number } {
  const x = xOf(secondsOf(start_frame), range);
  return { x, width: Math.max(2, xOf(secondsOf(end_frame + 1), range) - x) };
}
