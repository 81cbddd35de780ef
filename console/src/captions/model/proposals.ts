/** Changes of many texts that a person looks through before they are made. */

import { byTime, type Captions } from "./rows";
import type { Operation } from "./types";

export interface Proposal {
  caption: number;
  before: string;
  after: string;
}

export interface Search {
  find: string;
  replace: string;
  matchCase: boolean;
  expression: boolean;
}

/** The gateway takes at most this many operations in one list. */
export const MOST_OPERATIONS = 2000;
/** The gateway takes texts of at most this many characters. */
const LONGEST_TEXT = 20_000;

/** The pattern of a search; null when it is empty, or no valid regular expression. */
export function patternOf(search: Pick<Search, "find" | "matchCase" | "expression">): RegExp | null {
  if (search.find === "") return null;
  const source = search.expression ? search.find : search.find.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
  try {
    return new RegExp(source, search.matchCase ? "gu" : "giu");
  } catch {
    return null;
  }
}

/** The captions whose text a search changes, in the order of their times. */
export function replacements(captions: Captions, search: Search): Proposal[] {
  const pattern = patternOf(search);
  if (pattern === null) return [];
  // In a plain search, "$&" in the new text means itself.
  const replace = search.expression ? search.replace : search.replace.replaceAll("$", "$$$$");
  return proposals(captions, (text) => text.replace(pattern, replace));
}

/** The captions whose text a conversion changes, in the order of their times. */
export function proposals(captions: Captions, convert: (text: string) => string): Proposal[] {
  return byTime(captions).flatMap((caption) => {
    const before = caption.text ?? "";
    const after = before === "" ? "" : convert(before);
    return after === before || after.length > LONGEST_TEXT ? [] : [{ caption: caption.id, before, after }];
  });
}

/** The captions whose text has a match, in the order of `ids`. */
export function matching(ids: readonly number[], captions: Captions, find: string): number[] {
  const pattern = patternOf({ find, matchCase: false, expression: false });
  if (pattern === null) return [...ids];
  return ids.filter((id) => (captions.get(id)?.text ?? "").search(pattern) >= 0);
}

/**
 * The lists of operations that make the proposals; each list is one change of the history.
 *
 * A text that changed after the person saw it stays as it is now.
 */
export function operationsOf(chosen: readonly Proposal[], captions: Captions): Operation[][] {
  const operations = chosen.flatMap((each): Operation[] => {
    const row = captions.get(each.caption);
    return row === undefined || (row.text ?? "") !== each.before
      ? []
      : [{ op: "update", caption: row.id, version: row.version, text: each.after }];
  });
  const lists: Operation[][] = [];
  for (let at = 0; at < operations.length; at += MOST_OPERATIONS)
    lists.push(operations.slice(at, at + MOST_OPERATIONS));
  return lists;
}
