/**
 * What style guides for subtitles ask for. A finding does not mean that a caption is wrong: burned-in
 * captions are as their maker made them. But a caption that is read too fast or shown for an instant is often
 * one whose extent is wrong.
 */

import type { Caption } from "./types";

export type Finding =
  | { kind: "fast"; charactersPerSecond: number; most: number }
  | { kind: "short"; seconds: number; least: number }
  | { kind: "long"; seconds: number; most: number }
  | { kind: "gap"; seconds: number; least: number }
  | { kind: "overlap"; seconds: number };

/** Netflix, English (USA) Timed Text Style Guide, "Reading speed limits": adult programs. */
export const LATIN_CHARACTERS_PER_SECOND = 20;
/**
 * Netflix, Chinese (Simplified) Timed Text Style Guide: 9 characters per second for adult programs;
 * Chinese counts each character once, Latin letters and digits among them as a half.
 */
export const CHINESE_CHARACTERS_PER_SECOND = 9;
/** Netflix, Timed Text Style Guide, General Requirements: 5/6 s (20 frames at 24 per second) to 7 s. */
export const LEAST_SECONDS = 5 / 6;
export const MOST_SECONDS = 7;
/** The same guide asks for two frames between captions, 0.083 s at 24 frames per second. */
export const LEAST_GAP_SECONDS = 2 / 24;
/** Captions that touch are one picture after the other: no gap is seen, so none is asked for. */
const TOUCHING_S = 0.001;

const SPACE = /\s/u;
/** Hangul begins after it, as the first of the wide scripts. */
const LAST_NARROW = "\u10ff";
const WIDE = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\u3000-\u303f\uff01-\uff60]/u;

/** Characters that a person reads, without white space; and how many a person reads in a second. */
export function readingLoad(text: string): { characters: number; perSecond: number } {
  let [all, breaks, read, wide] = [0, 0, 0, 0];
  for (const character of text) {
    all++;
    if (character === "\n") breaks++;
    if (SPACE.test(character)) continue;
    read++;
    // Latin letters need no look at the tables of Unicode, and most captions have only those.
    if (character > LAST_NARROW && WIDE.test(character)) wide++;
  }
  if (wide > 0) return { characters: wide + (read - wide) / 2, perSecond: CHINESE_CHARACTERS_PER_SECOND };
  // Spaces count in Latin text, line breaks do not.
  return { characters: all - breaks, perSecond: LATIN_CHARACTERS_PER_SECOND };
}

/** @param before the caption of the same track before this one. */
export function findingsOf(caption: Caption, before: Caption | null): Finding[] {
  const findings: Finding[] = [];
  const seconds = caption.end_seconds - caption.start_seconds;
  const { characters, perSecond } = readingLoad(caption.text ?? "");
  if (characters / seconds > perSecond)
    findings.push({ kind: "fast", charactersPerSecond: characters / seconds, most: perSecond });
  if (seconds < LEAST_SECONDS - TOUCHING_S) findings.push({ kind: "short", seconds, least: LEAST_SECONDS });
  if (seconds > MOST_SECONDS + TOUCHING_S) findings.push({ kind: "long", seconds, most: MOST_SECONDS });
  if (before !== null) {
    const gap = caption.start_seconds - before.end_seconds;
    if (gap < -TOUCHING_S) findings.push({ kind: "overlap", seconds: -gap });
    else if (gap > TOUCHING_S && gap < LEAST_GAP_SECONDS - TOUCHING_S)
      findings.push({ kind: "gap", seconds: gap, least: LEAST_GAP_SECONDS });
  }
  return findings;
}
