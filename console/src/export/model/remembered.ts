/** Remembers what a person chose: most options for all videos, track and offset for each video. */

import { type ExportOptions, FORMATS, type Format, LARGEST_OFFSET, USUAL } from "./options";

export interface Choice {
  format: Format;
  options: ExportOptions;
}

export const FIRST_CHOICE: Choice = { format: "srt", options: USUAL };

/** Videos whose track and offset are remembered; the oldest is forgotten for the next one. */
const MOST_VIDEOS = 100;
const MOST_TRACKS = 4;

const SWITCHES = ["confirmed", "gaps", "dropEmpty", "bom", "crlf"] as const;

interface OfVideo {
  id: string;
  track: number | null;
  offset: number;
}

export interface Remembered {
  format: Format;
  switches: Partial<Record<(typeof SWITCHES)[number], boolean>>;
  videos: OfVideo[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function videoOf(value: unknown): OfVideo | null {
  if (!isRecord(value) || typeof value.id !== "string") return null;
  const { id, track, offset } = value;
  const isTrack = typeof track === "number" && track >= 1 && track <= MOST_TRACKS;
  const isOffset = typeof offset === "number" && Math.abs(offset) <= LARGEST_OFFSET;
  return { id, track: isTrack ? track : null, offset: isOffset ? offset : 0 };
}

/** Read what is stored; what this version of the page does not know is left out. */
function read(stored: unknown): Remembered {
  const record = isRecord(stored) ? stored : {};
  const switches = isRecord(record.switches) ? record.switches : {};
  const videos = Array.isArray(record.videos) ? record.videos : [];
  return {
    format: FORMATS.find((each) => each === record.format) ?? FIRST_CHOICE.format,
    switches: Object.fromEntries(SWITCHES.map((name) => [name, switches[name] === true])),
    videos: videos.map(videoOf).filter((each) => each !== null),
  };
}

/** The choice to begin with for a video. */
export function recalled(stored: unknown, videoId: string): Choice {
  const { format, switches, videos } = read(stored);
  const own = videos.find((each) => each.id === videoId);
  const options = { ...USUAL, ...switches, track: own?.track ?? null, offset: own?.offset ?? 0 };
  return { format, options };
}

/** What to store after a choice. */
export function remembering(stored: unknown, videoId: string, choice: Choice): Remembered {
  const { track, offset, ...switches } = choice.options;
  const others = read(stored).videos.filter((each) => each.id !== videoId);
  const isUsual = track === USUAL.track && offset === USUAL.offset;
  const videos = isUsual ? others : [{ id: videoId, track, offset }, ...others];
  return { format: choice.format, switches, videos: videos.slice(0, MOST_VIDEOS) };
}
