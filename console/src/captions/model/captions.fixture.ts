/** Captions for tests. */

import { type Captions, captionsOf } from "./rows";
import type { Caption, Clock } from "./types";

export const clock: Clock = { startSeconds: 0, frameCount: 100 };

export function caption(fields: Partial<Caption> & Pick<Caption, "id" | "start_frame" | "end_frame">): Caption {
  return {
    version: 1,
    track: 1,
    state: "predicted",
    confidence: 0.99,
    text: `text ${fields.id}`,
    text_status: null,
    text_notes: null,
    caption_ocr: `text ${fields.id}`,
    caption_ocr_confidence: 0.99,
    caption_ocr_status: "completed",
    caption_ocr_error: null,
    edited_at: null,
    start_seconds: fields.start_frame / 10,
    end_seconds: (fields.end_frame + 1) / 10,
    ...fields,
  };
}

/** Captions 1 (frames 10 to 29), 2 (30 to 49, touching it) and 3 (60 to 79). */
export function three(): Captions {
  return captionsOf([
    caption({ id: 1, start_frame: 10, end_frame: 29 }),
    caption({ id: 2, start_frame: 30, end_frame: 49 }),
    caption({ id: 3, start_frame: 60, end_frame: 79 }),
  ]);
}
