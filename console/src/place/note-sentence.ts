import type { Schemas } from "../api/client";
import { language } from "../app/language";
import { clock } from "../parts/format";
import { placeName } from "./place-name";
import { words } from "./words";

/** Say what a note of the gateway is about. The gateway's own sentences are English and hold more numbers. */
export function noteSentence({ kind, message, region, start_seconds, end_seconds }: Schemas["Note"]): string {
  if (language.value === "en") return message;
  const said = words();
  const sentences: Partial<Record<Schemas["NoteKind"], string>> = {
    text_outside_tracks: said.noteOutside,
    standing_text: said.noteStanding,
    unread_script: said.noteUnread,
    low_confidence: said.noteDoubtful,
    not_carried_over: said.noteNotCarried,
  };
  const sentence = sentences[kind];
  if (sentence === undefined) return message;
  const where = region === null ? [] : [placeName(region)];
  const when =
    start_seconds === null ? [] : [said.noteTimes(clock(start_seconds), clock(end_seconds ?? start_seconds))];
  return said.noteAt(sentence, [...where, ...when].join(said.noteComma));
}
