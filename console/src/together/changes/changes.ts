import type { Schemas } from "../../api/client";

export type Change = Schemas["ChangeView"];
type Caption = Schemas["CaptionView"];

/** A row of a change, as it was and as it became; null: it did not exist. */
export interface RowChange {
  id: number;
  before: Caption | null;
  after: Caption | null;
}

/** Return the rows of a change that people care about: gaps only where nothing else changed. Pure. */
export function rowsOf(change: Change, captionId?: number): RowChange[] {
  const rows = new Map<number, RowChange>();
  for (const row of change.before) rows.set(row.id, { id: row.id, before: row, after: null });
  for (const row of change.after) {
    const known = rows.get(row.id);
    rows.set(row.id, { id: row.id, before: known?.before ?? null, after: row });
  }
  const all = [...rows.values()];
  if (captionId !== undefined) return all.filter((row) => row.id === captionId);
  const captions = all.filter((row) => isCaption(row.before) || isCaption(row.after));
  return captions.length > 0 ? captions : all;
}

/**
 * Return the changes with the newest page read again. Older pages that the person asked for stay, unless more
 * changes came than a page has: then there would be a hole between them. Pure.
 */
export function withNewest(known: readonly Change[], newest: readonly Change[]): Change[] {
  const oldest = newest.at(-1)?.number ?? Number.POSITIVE_INFINITY;
  const meets = known.some((change) => change.number >= oldest);
  return meets ? [...newest, ...known.filter((change) => change.number < oldest)] : [...newest];
}

/** Return the text that a row shows: what a person typed, else what OCR read. */
export function textOf(caption: Caption | null): string {
  return caption === null ? "" : (caption.text ?? caption.caption_ocr ?? "");
}

/** Whether the extent of a row changed. */
export function moved({ before, after }: RowChange): boolean {
  if (before === null || after === null) return false;
  return before.start_seconds !== after.start_seconds || before.end_seconds !== after.end_seconds;
}

/** Return whether a change confirmed a caption (true), took that back (false), or did neither (null). */
export function confirmation({ before, after }: RowChange): boolean | null {
  const was = before?.state === "confirmed";
  const is = after?.state === "confirmed";
  return was === is ? null : is;
}

/** Whether the change can be taken back now, as far as the page knows; the gateway decides. */
export function undoable(change: Change): boolean {
  return change.undone_by === null;
}

function isCaption(row: Caption | null): boolean {
  return row !== null && row.state !== "gap";
}
