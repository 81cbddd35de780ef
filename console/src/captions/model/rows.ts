/**
 * What an operation makes of the captions, before the gateway has answered.
 *
 * Gaps are not held: the captions of a track determine them. The answer of the gateway replaces
 * what this module computes, so it follows the rules of the gateway where a person would see the
 * difference, and leaves the refusals to the gateway.
 */

import { oncePer } from "./once-per";
import {
  type Caption,
  type CaptionFields,
  type Clock,
  type EditedCaptions,
  FRAMES_PER_SECOND,
  type Operation,
} from "./types";

/** The captions of a video by id. */
export type Captions = ReadonlyMap<number, Caption>;

export interface Gap {
  track: number;
  start_frame: number;
  /** Inclusive. */
  end_frame: number;
}

export function captionsOf(rows: readonly Caption[]): Captions {
  return new Map(rows.filter((row) => row.state !== "gap").map((row) => [row.id, row]));
}

export function startSecondsOf(frame: number, clock: Clock): number {
  return rounded(clock.startSeconds + frame / FRAMES_PER_SECOND);
}

/** The time at which a caption with this last frame is gone. */
export function endSecondsOf(frame: number, clock: Clock): number {
  return rounded(clock.startSeconds + (frame + 1) / FRAMES_PER_SECOND);
}

/** The captions in the order of their times. */
export const byTime: (captions: Captions) => readonly Caption[] = oncePer((captions) =>
  [...captions.values()].sort(
    (a, b) => a.start_seconds - b.start_seconds || a.track - b.track || a.start_frame - b.start_frame,
  ),
);

/** The gaps by the track and the number of frames. */
const gapsOfAll = oncePer((_captions: Captions) => new Map<string, readonly Gap[]>());

export function gapsOf(captions: Captions, track: number, { frameCount }: Clock): readonly Gap[] {
  const known = gapsOfAll(captions);
  const key = `${track}/${frameCount}`;
  const gaps = known.get(key) ?? gapsBetween(byTime(captions), track, frameCount);
  known.set(key, gaps);
  return gaps;
}

function gapsBetween(sorted: readonly Caption[], track: number, frameCount: number): Gap[] {
  const gaps: Gap[] = [];
  let next = 0;
  for (const caption of sorted) {
    if (caption.track !== track) continue;
    if (caption.start_frame > next) gaps.push({ track, start_frame: next, end_frame: caption.start_frame - 1 });
    next = caption.end_frame + 1;
  }
  if (next < frameCount) gaps.push({ track, start_frame: next, end_frame: frameCount - 1 });
  return gaps;
}

/** The captions of the same track before and after a caption. */
export function neighbours(captions: Captions, caption: Caption): { before: Caption | null; after: Caption | null } {
  let before: Caption | null = null;
  let after: Caption | null = null;
  for (const each of captions.values()) {
    if (each.track !== caption.track || each.id === caption.id) continue;
    if (each.start_frame < caption.start_frame) {
      if (before === null || each.start_frame > before.start_frame) before = each;
    } else if (after === null || each.start_frame < after.start_frame) after = each;
  }
  return { before, after };
}

/** The captions with what the gateway answered. */
export function withAnswer(captions: Captions, answer: Pick<EditedCaptions, "captions" | "removed_ids">): Captions {
  const changed = new Map(captions);
  for (const id of answer.removed_ids) changed.delete(id);
  for (const row of answer.captions) {
    if (row.state === "gap") changed.delete(row.id);
    else if (row.version >= (changed.get(row.id)?.version ?? 0)) changed.set(row.id, row);
  }
  return changed;
}

/** The captions after an operation; the same object when the operation no longer fits to them. */
export function applied(captions: Captions, operation: Operation, clock: Clock): Captions {
  switch (operation.op) {
    case "update":
      return updated(captions, operation.caption, operation, clock);
    case "split":
      return split(captions, operation, clock);
    case "merge":
      return merged(captions, operation.caption, operation.other);
    case "add": {
      const { track, start_frame, end_frame, text, made } = operation;
      return with_(captions, {
        ...EMPTY,
        id: made,
        track,
        start_frame,
        end_frame,
        text,
        ...onGrid(start_frame, end_frame, clock),
      });
    }
    case "delete": {
      const changed = new Map(captions);
      changed.delete(operation.caption);
      return changed;
    }
  }
}

const EMPTY: Omit<Caption, "id" | "track" | "start_frame" | "end_frame" | "start_seconds" | "end_seconds"> = {
  version: 0,
  state: "predicted",
  confidence: 1,
  text: "",
  text_status: null,
  text_notes: null,
  caption_ocr: null,
  caption_ocr_confidence: null,
  caption_ocr_status: null,
  caption_ocr_error: null,
  edited_at: null,
};

function updated(captions: Captions, id: number, fields: CaptionFields, clock: Clock): Captions {
  const row = captions.get(id);
  if (row === undefined) return captions;
  const changed: Caption = { ...row };
  if (fields.text !== undefined) changed.text = fields.text ?? row.caption_ocr;
  if (fields.text_status !== undefined) changed.text_status = fields.text_status;
  if (fields.text_notes !== undefined) changed.text_notes = fields.text_notes;
  if (fields.state !== undefined) changed.state = fields.state;
  if (fields.start_frame !== undefined && fields.start_frame !== row.start_frame) {
    changed.start_frame = fields.start_frame;
    changed.start_seconds = startSecondsOf(fields.start_frame, clock);
  }
  if (fields.end_frame !== undefined && fields.end_frame !== row.end_frame) {
    changed.end_frame = fields.end_frame;
    changed.end_seconds = endSecondsOf(fields.end_frame, clock);
  }
  if (fields.start_seconds !== undefined)
    changed.start_seconds = fields.start_seconds ?? startSecondsOf(changed.start_frame, clock);
  if (fields.end_seconds !== undefined)
    changed.end_seconds = fields.end_seconds ?? endSecondsOf(changed.end_frame, clock);
  return with_(givenWay(captions, changed, clock), changed);
}

/** The captions with the neighbours of a moved caption trimmed. */
function givenWay(captions: Captions, moved: Caption, clock: Clock): Captions {
  const { before, after } = neighbours(captions, moved);
  let changed = captions;
  if (before !== null) {
    const trimmed = { ...before };
    if (before.end_frame >= moved.start_frame) {
      trimmed.end_frame = moved.start_frame - 1;
      trimmed.end_seconds = endSecondsOf(trimmed.end_frame, clock);
    }
    if (trimmed.end_seconds > moved.start_seconds) trimmed.end_seconds = moved.start_seconds;
    if (trimmed.end_seconds !== before.end_seconds) changed = with_(changed, trimmed);
  }
  if (after !== null) {
    const trimmed = { ...after };
    if (after.start_frame <= moved.end_frame) {
      trimmed.start_frame = moved.end_frame + 1;
      trimmed.start_seconds = startSecondsOf(trimmed.start_frame, clock);
    }
    if (trimmed.start_seconds < moved.end_seconds) trimmed.start_seconds = moved.end_seconds;
    if (trimmed.start_seconds !== after.start_seconds) changed = with_(changed, trimmed);
  }
  return changed;
}

function split(captions: Captions, operation: Extract<Operation, { op: "split" }>, clock: Clock): Captions {
  const row = captions.get(operation.caption);
  if (row === undefined || operation.frame <= row.start_frame || operation.frame > row.end_frame) return captions;
  const at = startSecondsOf(operation.frame, clock);
  const first: Caption = { ...row, end_frame: operation.frame - 1, end_seconds: at, text: operation.texts[0] };
  const second: Caption = {
    ...row,
    id: operation.made,
    version: 0,
    start_frame: operation.frame,
    start_seconds: at,
    text: operation.texts[1],
  };
  return with_(with_(captions, first), second);
}

function merged(captions: Captions, id: number, otherId: number): Captions {
  const row = captions.get(id);
  const other = captions.get(otherId);
  if (row === undefined || other === undefined) return captions;
  const [first, last] = row.start_frame < other.start_frame ? [row, other] : [other, row];
  const texts = [first.text, last.text].filter((text) => text !== null && text !== "");
  const changed = new Map(captions);
  changed.delete(otherId);
  changed.set(id, {
    ...row,
    start_frame: first.start_frame,
    start_seconds: first.start_seconds,
    end_frame: last.end_frame,
    end_seconds: last.end_seconds,
    text: [...new Set(texts)].join("\n"),
    state: row.state === "confirmed" && other.state === "confirmed" ? "confirmed" : "predicted",
    text_status: row.text_status === other.text_status ? row.text_status : null,
  });
  return changed;
}

function with_(captions: Captions, caption: Caption): Captions {
  return new Map(captions).set(caption.id, caption);
}

function onGrid(start: number, end: number, clock: Clock): { start_seconds: number; end_seconds: number } {
  return { start_seconds: startSecondsOf(start, clock), end_seconds: endSecondsOf(end, clock) };
}

/** Seconds to the millisecond, as the gateway gives them. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
