/** A run of text that both have, or that only one of them has. */
export interface Run {
  text: string;
  kind: "same" | "removed" | "added";
}

// The table below has a cell per pair of pieces; longer texts are shown whole.
const MOST_PIECES = 400;

/** Return how one text becomes another: words of alphabets, single characters of other scripts. Pure. */
export function difference(before: string, after: string): Run[] {
  const a = pieces(before);
  const b = pieces(after);
  if (a.length > MOST_PIECES || b.length > MOST_PIECES) {
    return joined([
      { text: before, kind: "removed" },
      { text: after, kind: "added" },
    ]);
  }
  const common = lengths(a, b);
  const runs: Run[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      runs.push({ text: a[i] ?? "", kind: "same" });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(common, i + 1, j) >= at(common, i, j + 1))) {
      runs.push({ text: a[i] ?? "", kind: "removed" });
      i += 1;
    } else {
      runs.push({ text: b[j] ?? "", kind: "added" });
      j += 1;
    }
  }
  return joined(runs);
}

function pieces(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+|[\s\S]/gu)?.flatMap(byScript) ?? [];
}

/** Words of scripts without blanks between words fall into characters. */
function byScript(piece: string): string[] {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(piece) ? [...piece] : [piece];
}

/** Lengths of the longest common subsequences of the ends of both lists. */
function lengths(a: string[], b: string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = table[i] ?? [];
    for (let j = b.length - 1; j >= 0; j -= 1) {
      row[j] = a[i] === b[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

function at(table: number[][], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}

function joined(runs: Run[]): Run[] {
  const found: Run[] = [];
  for (const run of runs) {
    const last = found.at(-1);
    if (run.text === "") continue;
    if (last?.kind === run.kind) last.text += run.text;
    else found.push({ ...run });
  }
  return found;
}
