/** The table of a zip of strips: which picture belongs to which caption. */

/** The records of a CSV file as they are written; a quoted field may hold line breaks. */
export function recordsOf(csv: string): string[] {
  const records: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < csv.length; at += 1) {
    const character = csv[at];
    if (character === '"') {
      isQuoted = !isQuoted;
    } else if (character === "\n" && !isQuoted) {
      records.push(csv.slice(start, at));
      start = at + 1;
    }
  }
  if (start < csv.length) {
    records.push(csv.slice(start));
  }
  return records;
}

/** Hours, minutes, seconds and milliseconds as file names take them, such as 00-01-02.500. */
export function clock(totalSeconds: number): string {
  const whole = Math.max(0, Math.round(totalSeconds * 1000));
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const milliseconds = String(whole % 1000).padStart(3, "0");
  const seconds = Math.floor(whole / 1000);
  return `${two(seconds / 3600)}-${two((seconds / 60) % 60)}-${two(seconds % 60)}.${milliseconds}`;
}

export interface StripRow {
  captionId: number;
  name: string;
}

export interface StripTable {
  rows: StripRow[];
  /** The table with the name of the picture in front of each row. */
  csv: string;
}

/** The pictures of the captions in a CSV export, named as `captionacc export` names them. */
export function stripTable(csv: string): StripTable {
  const [head = "", ...records] = recordsOf(csv);
  const rows = records.map((record, index) => {
    // The first three fields are numbers, so they have no quotes.
    const [id = "", track = "", seconds = ""] = record.split(",", 3);
    const number = String(index + 1).padStart(4, "0");
    return {
      captionId: Number(id),
      name: `${number}_${clock(Number(seconds))}_track${track}.png`,
    };
  });
  const lines = records.map((record, index) => `${rows[index]?.name ?? ""},${record}`);
  return { rows, csv: `${[`picture,${head}`, ...lines].join("\n")}\n` };
}
