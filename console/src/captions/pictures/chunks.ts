/**
 * Which chunk holds a frame, and where in it. The same plan as the back end's `frames/chunks.py`.
 *
 * A chunk of a level covers an aligned window of 32 times the level. Levels exclude each other: an
 * index lives in level 16 if 16 divides it, else in level 4 if 4 divides it, else in level 1.
 */

const LEVELS = [16, 4, 1] as const;
const FRAMES_PER_WINDOW = 32;
/** The window of the coarsest level: an aligned range that no chunk crosses. */
export const LARGEST_WINDOW = FRAMES_PER_WINDOW * 16;

export interface ChunkId {
  level: number;
  firstFrame: number;
}

export function levelOf(frame: number): 16 | 4 | 1 {
  return LEVELS.find((level) => frame % level === 0) ?? 1;
}

export function chunkOf(frame: number): ChunkId {
  const level = levelOf(frame);
  return { level, firstFrame: frame - (frame % (FRAMES_PER_WINDOW * level)) };
}

/** The position of a frame inside its chunk, from 0. */
export function positionOf(frame: number): number {
  const { level, firstFrame } = chunkOf(frame);
  const steps = Math.floor((frame - firstFrame) / level);
  if (level === 16) return steps;
  const coarser = level === 4 ? 16 : 4;
  return steps - Math.floor((frame - firstFrame) / coarser) - 1;
}

/** A frame of a caption that one of the coarsest chunks holds, so that many captions need few chunks. */
export function representativeFrame(start: number, end: number): number {
  const middle = Math.floor((start + end) / 2);
  for (const level of LEVELS) {
    const nearest = Math.round(middle / level) * level;
    if (nearest >= start && nearest <= end) return nearest;
  }
  return middle;
}
