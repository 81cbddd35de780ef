/**
 * Edits that the gateway has not acknowledged yet.
 *
 * What a person sees is the captions of the gateway with the pending edits applied, so an edit that
 * is refused rolls back by leaving the list. Everything here is pure; `outbox.ts` sends.
 */

import { applied, type Captions } from "./rows";
import type { Caption, CaptionFields, Clock, EditedCaptions, Operation } from "./types";

export interface Edit {
  key: string;
  operations: Operation[];
  /** It was sent at least once, so the gateway may have made it although no answer came. */
  sent?: boolean;
}

/** An edit that was refused, with what it wanted and what is there now. */
export interface Conflict {
  edits: Edit[];
  caption: number;
  /** What the person wanted the text to be, if the edits change it. */
  mine: string | null;
  /** The caption as it is now; null when it is gone. */
  theirs: Caption | null;
  /** "changed": another person was first; "refused": a rule of the gateway; `detail` says which. */
  kind: "changed" | "refused";
  detail: string;
}

export function view(captions: Captions, pending: readonly Edit[], clock: Clock): Captions {
  return pending
    .flatMap((edit) => edit.operations)
    .reduce((each, operation) => applied(each, operation, clock), captions);
}

/**
 * The pending edits with one more. An update joins the last edit when that updates the same caption
 * and was not sent yet, so that a held arrow key makes one edit of many steps.
 */
export function enqueued(pending: readonly Edit[], edit: Edit): Edit[] {
  const last = pending.at(-1);
  const [operation] = edit.operations;
  const [before] = last?.operations ?? [];
  const joins =
    last !== undefined &&
    !last.sent &&
    last.operations.length === 1 &&
    edit.operations.length === 1 &&
    operation?.op === "update" &&
    before?.op === "update" &&
    before.caption === operation.caption;
  if (!joins) return [...pending, edit];
  const joined: Operation = { ...before, ...operation, version: before.version };
  return [...pending.slice(0, -1), { ...last, operations: [joined] }];
}

/** The ids of captions that an operation names. */
export function namedBy(operation: Operation): number[] {
  switch (operation.op) {
    case "merge":
      return [operation.caption, operation.other];
    case "add":
      return [operation.made];
    case "split":
      return [operation.caption, operation.made];
    default:
      return [operation.caption];
  }
}

/** The id that the answer gives to the caption which an edit made, by the id that the page gave it. */
export function madeIds(edit: Edit, answer: Pick<EditedCaptions, "captions">): Map<number, number> {
  const ids = new Map<number, number>();
  for (const operation of edit.operations) {
    if (operation.op !== "split" && operation.op !== "add") continue;
    const frame = operation.op === "split" ? operation.frame : operation.start_frame;
    const row = answer.captions.find(
      (each) =>
        each.state !== "gap" &&
        each.start_frame === frame &&
        (operation.op === "split" ? each.id !== operation.caption : each.track === operation.track),
    );
    if (row !== undefined) ids.set(operation.made, row.id);
  }
  return ids;
}

/** The edits after an acknowledged one, with the ids and versions of the answer. */
export function rebased(
  rest: readonly Edit[],
  ids: ReadonlyMap<number, number>,
  answer: Pick<EditedCaptions, "captions">,
): Edit[] {
  const versions = new Map(answer.captions.map((row) => [row.id, row.version]));
  const id = (old: number): number => ids.get(old) ?? old;
  const version = (caption: number, old: number): number => Math.max(old, versions.get(caption) ?? 0);
  return rest.map((edit) => ({
    ...edit,
    operations: edit.operations.map((operation): Operation => {
      switch (operation.op) {
        case "add":
          return operation;
        case "merge": {
          const [caption, other] = [id(operation.caption), id(operation.other)];
          return {
            ...operation,
            caption,
            other,
            version: version(caption, operation.version),
            otherVersion: version(other, operation.otherVersion),
          };
        }
        default: {
          const caption = id(operation.caption);
          return { ...operation, caption, version: version(caption, operation.version) };
        }
      }
    }),
  }));
}

/**
 * The refused first edit with the later ones that build on it, and the edits that stay.
 *
 * @param present the captions as the answer of the gateway gives them.
 */
export function refused(
  pending: readonly Edit[],
  kind: Conflict["kind"],
  detail: string,
  present: readonly Caption[],
): { conflict: Conflict; rest: Edit[] } {
  const [first, ...later] = pending;
  if (first === undefined) throw new Error("No edit is pending.");
  const touched = new Set(first.operations.flatMap(namedBy));
  const edits = [first];
  const rest: Edit[] = [];
  for (const edit of later) {
    const named = edit.operations.flatMap(namedBy);
    if (named.some((id) => touched.has(id))) {
      edits.push(edit);
      for (const id of named) touched.add(id);
    } else rest.push(edit);
  }
  const caption = present[0]?.id ?? namedBy(first.operations[0] as Operation)[0] ?? 0;
  const texts = edits.flatMap((edit) => edit.operations).flatMap((each) => textFor(each, caption));
  return { conflict: { edits, caption, mine: texts.at(-1) ?? null, theirs: present[0] ?? null, kind, detail }, rest };
}

function textFor(operation: Operation, caption: number): string[] {
  if (operation.op === "update" && operation.caption === caption && typeof operation.text === "string")
    return [operation.text];
  if (operation.op === "split" && operation.caption === caption) return [operation.texts.join("\n")];
  return operation.op === "add" && operation.text !== null ? [operation.text] : [];
}

/** The edits of a conflict as they apply to the present captions: the person insists. */
export function insisted(conflict: Conflict, present: Captions): Edit[] {
  const now = [...present.values()];
  return rebased(conflict.edits, new Map(), { captions: now })
    .filter((edit) => edit.operations.every((operation) => isPossible(operation, present)))
    .map(({ key, operations }) => ({ key, operations }));
}

function isPossible(operation: Operation, present: Captions): boolean {
  if (operation.op === "add") return true;
  if (operation.op === "merge") return present.has(operation.caption) && present.has(operation.other);
  return present.has(operation.caption) || operation.caption < 0;
}

/**
 * Whether the captions are already as an edit wants them: its acknowledgement was lost, for example
 * because the gateway stopped between its commit and its answer.
 */
export function isDone(edit: Edit, present: Captions): boolean {
  // Another person can only do the same to a text; what else looks done needs a request that made it.
  return edit.operations.every(
    (operation) => (operation.op === "update" || edit.sent === true) && hasEffect(operation, present),
  );
}

function hasEffect(operation: Operation, present: Captions): boolean {
  switch (operation.op) {
    case "update": {
      const row = present.get(operation.caption);
      return row !== undefined && fieldsOf(operation).every(([name, value]) => same(row[name], value));
    }
    case "split": {
      const row = present.get(operation.caption);
      const starts = [...present.values()].some(
        (each) => each.track === row?.track && each.start_frame === operation.frame,
      );
      return row?.end_frame === operation.frame - 1 && starts;
    }
    case "merge":
      return present.has(operation.caption) && !present.has(operation.other);
    case "add":
      return [...present.values()].some(
        (each) =>
          each.track === operation.track &&
          each.start_frame === operation.start_frame &&
          each.end_frame === operation.end_frame,
      );
    case "delete":
      return !present.has(operation.caption);
  }
}

/** The fields that an update sets. */
export function fieldsOf(
  operation: Extract<Operation, { op: "update" }>,
): [keyof CaptionFields, CaptionFields[keyof CaptionFields]][] {
  const { op: _op, caption: _caption, version: _version, ...fields } = operation;
  return Object.entries(fields) as [keyof CaptionFields, CaptionFields[keyof CaptionFields]][];
}

function same(present: unknown, wanted: unknown): boolean {
  if (typeof present === "number" && typeof wanted === "number") return Math.abs(present - wanted) < 1e-3;
  return wanted === undefined || present === wanted;
}
