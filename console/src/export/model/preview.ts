/** The beginning of an exported file, cut where a cue ends. */

import type { FileFormat } from "./options";

export interface Preview {
  /** The head of the file and its first cues, as they are in the file. */
  text: string;
  /** Cues, rows or lines that `text` shows, of `total` in the file. */
  shown: number;
  total: number;
}

/** Where each cue of a file begins, or each caption of a table. */
const CUES: Record<FileFormat, RegExp> = {
  srt: /^\d+\n(?=\d\d:\d\d:\d\d,)/gm,
  vtt: /^(?:[^\n]+\n)?(?:\d+:)?\d\d:\d\d\.\d{3} --> /gm,
  ass: /^Dialogue: /gm,
  ttml: /^[ \t]*<p\b/gm,
  csv: /^\d+,\d+,-?\d+\.\d+,/gm,
  txt: /^.+$/gm,
  json: /^ {4}\{$/gm,
  "truth.json": /^ {4}\{$/gm,
};

/** The first `most` cues of a file; the text must be as the file has it. */
export function previewOf(format: FileFormat, file: string, most: number): Preview {
  const text = file.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  const part = format.endsWith("json") ? captionsPart(text) : { from: 0, to: text.length };
  const starts = [...text.slice(part.from, part.to).matchAll(CUES[format])].map((match) => match.index + part.from);
  const end = starts[most] ?? text.length;
  return {
    text: text.slice(0, end).trimEnd(),
    shown: Math.min(most, starts.length),
    total: starts.length,
  };
}

/** The list of captions in a JSON file; other lists in it have objects too. */
function captionsPart(text: string): { from: number; to: number } {
  const from = text.search(/^ {2}"captions": \[/m);
  if (from < 0) {
    return { from: text.length, to: text.length };
  }
  const length = text.slice(from).search(/^ {2}\]/m);
  return { from, to: length < 0 ? text.length : from + length };
}

/** The name of a download in a Content-Disposition header, or null. */
export function fileNameOf(header: string | null): string | null {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(header ?? "")?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // The plain name below is there for clients that cannot read the extended one.
    }
  }
  return /filename="([^"]*)"/i.exec(header ?? "")?.[1] ?? null;
}
