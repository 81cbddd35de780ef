/** The formats and options of an export, as the API offers them. */

/** The formats of the API, in the order in which people look for them. */
export const FILE_FORMATS = ["srt", "vtt", "ass", "ttml", "csv", "txt", "json", "truth.json"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Pictures of the captions; the page makes this file itself. */
export const STRIPS = "strips";
export type Format = FileFormat | typeof STRIPS;
export const FORMATS: readonly Format[] = [...FILE_FORMATS, STRIPS];

export interface ExportOptions {
  confirmed: boolean;
  gaps: boolean;
  dropEmpty: boolean;
  bom: boolean;
  crlf: boolean;
  /** Null means all tracks. */
  track: number | null;
  /** Seconds to add to all times. */
  offset: number;
}

export type OptionName = keyof ExportOptions;

export const USUAL: ExportOptions = {
  confirmed: false,
  gaps: false,
  dropEmpty: false,
  bom: false,
  crlf: false,
  track: null,
  offset: 0,
};

/** The API takes an offset of up to a day. */
export const LARGEST_OFFSET = 86_400;

const JSON_FORMATS: readonly Format[] = ["json", "truth.json"];
const WITH_GAPS: readonly Format[] = ["csv", "json"];

/** Whether an option changes a file of a format. The API refuses some of the others. */
export function applies(option: OptionName, format: Format): boolean {
  switch (option) {
    case "track":
      return true;
    case "crlf":
      return format !== STRIPS;
    case "bom":
      return format !== STRIPS && !JSON_FORMATS.includes(format);
    case "gaps":
      return WITH_GAPS.includes(format);
    case "offset":
      return format !== "truth.json" && format !== "txt";
    case "confirmed":
    case "dropEmpty":
      return format !== "truth.json";
  }
}

/** The query parameter, and the option of `captionacc export`, of each option. */
const PARAMETERS: Record<OptionName, string> = {
  confirmed: "confirmed",
  gaps: "gaps",
  dropEmpty: "drop_empty",
  bom: "bom",
  crlf: "crlf",
  track: "track",
  offset: "offset",
};

function asked(format: Format, options: ExportOptions): [OptionName, string][] {
  const names = Object.keys(PARAMETERS) as OptionName[];
  return names
    .filter((name) => applies(name, format) && options[name] !== USUAL[name])
    .map((name) => [name, String(options[name])]);
}

/** The query that asks for the options; what is as usual is left out. */
export function queryOf(format: Format, options: ExportOptions): string {
  const query = new URLSearchParams(asked(format, options).map(([name, value]) => [PARAMETERS[name], value]));
  return query.toString();
}

/** The address of the file at the API. */
export function pathOf(videoId: string, format: FileFormat, options: ExportOptions): string {
  const query = queryOf(format, options);
  const path = `/videos/${encodeURIComponent(videoId)}/captions.${format}`;
  return query === "" ? path : `${path}?${query}`;
}

/** The command that writes the same file. */
export function commandOf(videoId: string, format: Format, options: ExportOptions): string {
  const words = asked(format, options).map(([name, value]) => {
    const option = `--${PARAMETERS[name].replace("_", "-")}`;
    return value === "true" ? option : `${option}=${value}`;
  });
  return ["captionacc export", videoId, `--format ${format}`, ...words].join(" ");
}

/** The seconds that a person typed, such as `1.5`, `-2` or `-0:01.5`; null when it is not a time. */
export function offsetOf(text: string): number | null {
  const parts = /^\s*([+-]?)(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d+)?)\s*$/.exec(text);
  if (parts === null) {
    return text.trim() === "" ? 0 : null;
  }
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = parts;
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(",", "."));
  return total > LARGEST_OFFSET ? null : sign === "-" && total > 0 ? -total : total;
}
