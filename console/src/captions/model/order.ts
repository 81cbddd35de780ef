/**
 * The order of the list: by time, or by doubt.
 *
 * Doubt is a number from 0 to 1 that says how likely a caption is to be wrong, as far as the system
 * knows: what it is not sure of, and what a check found. A confirmed caption has none.
 */

import { type Finding, findingsOf } from "./checks";
import { oncePer } from "./once-per";
import { byTime, type Captions, neighbours } from "./rows";
import type { Caption } from "./types";

export type Order = "doubt" | "time";

export type DoubtReason = "ocr-failed" | "no-text" | "text-unsure" | "extent-unsure" | "judged" | Finding["kind"];

export interface Doubt {
  value: number;
  /** Why, the worst first; shown beside the caption. */
  reasons: DoubtReason[];
}

/** Below this, a confidence is named as a reason; above, OCR is right in nearly all cases. */
const SURE = 0.9;
/** How much a caption that a check found is doubted at least: less than a text that OCR is unsure of. */
const CHECK_DOUBT = 0.35;
const NOTHING: Doubt = { value: 0, reasons: [] };

export function doubtOf(caption: Caption, findings: readonly Finding[]): Doubt {
  if (caption.state === "confirmed") return NOTHING;
  const reasons: [number, DoubtReason][] = [];
  if (caption.caption_ocr_status === "error") reasons.push([1, "ocr-failed"]);
  else if ((caption.text ?? "") === "" && caption.edited_at === null) reasons.push([0.95, "no-text"]);
  const judged = caption.text_status;
  if (judged !== null && judged !== "valid_caption") reasons.push([0.9, "judged"]);
  const typed = caption.text !== null && caption.text !== caption.caption_ocr;
  const ocr = caption.caption_ocr_confidence;
  if (ocr !== null && !typed && ocr < SURE) reasons.push([1 - ocr, "text-unsure"]);
  if (caption.confidence < SURE) reasons.push([1 - caption.confidence, "extent-unsure"]);
  for (const finding of findings) reasons.push([CHECK_DOUBT, finding.kind]);
  reasons.sort((a, b) => b[0] - a[0]);
  const unsure = 1 - Math.min(caption.confidence, typed ? 1 : (ocr ?? 1));
  return { value: Math.max(reasons[0]?.[0] ?? 0, unsure), reasons: reasons.map(([, reason]) => reason) };
}

/**
 * The doubt of a caption, with the end of the caption before, on which it depends too. NaN equals no end, so the first
 * look computes the doubt.
 */
const lastDoubt = oncePer((_caption: Caption): { endBefore: number | null; doubt: Doubt } => ({
  endBefore: Number.NaN,
  doubt: NOTHING,
}));

/** The doubt of every caption. After an edit, only that of the captions is computed that the edit concerns. */
export function doubts(captions: Captions): Map<number, Doubt> {
  const found = new Map<number, Doubt>();
  const tracks = new Map<number, Caption>();
  for (const caption of byTime(captions)) {
    const before = tracks.get(caption.track) ?? null;
    const last = lastDoubt(caption);
    if (last.endBefore !== (before?.end_seconds ?? null)) {
      last.endBefore = before?.end_seconds ?? null;
      last.doubt = doubtOf(caption, findingsOf(caption, before));
    }
    found.set(caption.id, last.doubt);
    tracks.set(caption.track, caption);
  }
  return found;
}

/** @param doubt the doubt of every caption. */
export function ordered(captions: Captions, order: Order, doubt: ReadonlyMap<number, Doubt>): number[] {
  const rows = byTime(captions);
  if (order === "time") return rows.map((each) => each.id);
  const value = (caption: Caption): number =>
    caption.state === "confirmed" ? -1 : (doubt.get(caption.id)?.value ?? 0);
  return rows.toSorted((a, b) => value(b) - value(a)).map((each) => each.id);
}

/**
 * The ids of the list after the captions changed. Rows keep their places, so that the list does not
 * jump under a person's hands; new captions stand after the caption before them in time.
 */
export function kept(ids: readonly number[], captions: Captions): number[] {
  const left = ids.filter((id) => captions.has(id));
  if (left.length === captions.size) return left;
  const listed = new Set(ids);
  for (const caption of byTime(captions)) {
    if (listed.has(caption.id)) continue;
    const { before } = neighbours(captions, caption);
    const at = before === null ? -1 : left.indexOf(before.id);
    left.splice(at + 1, 0, caption.id);
  }
  return left;
}

/** The next caption of the list that is not confirmed, after `id` and then from the top. */
export function nextOpen(ids: readonly number[], captions: Captions, id: number | null): number | null {
  const at = id === null ? -1 : ids.indexOf(id);
  const around = [...ids.slice(at + 1), ...ids.slice(0, Math.max(at, 0))];
  return around.find((each) => captions.get(each)?.state === "predicted") ?? null;
}
