import { batch, signal } from "@preact/signals";
import { answer, api } from "../api/client";
import { type LiveEvent, listen } from "../api/events";
import { ProblemError, sentenceOf } from "../api/problems";
import { toast } from "../app/toasts";
import { Speed } from "../parts/speed";
import type { Progress } from "../parts/video-progress";
import { type Filter, fits, queryOf, type Video, type VideoDetail } from "./stages";

/** The videos that are shown, in the order of the list. */
export const videos = signal<Video[]>([]);
/** How many videos the search finds; the filter may leave out some of them. */
export const total = signal(0);
export const loading = signal(true);
/** Whether there are more pages. */
export const more = signal(false);
/** What only the page of one video says: its place in the queue, its cost. */
export const details = signal<ReadonlyMap<string, VideoDetail>>(new Map());
/** How far the present step of a video is, and the seconds that it still takes. */
export const progress = signal<ReadonlyMap<string, Progress & { secondsLeft: number | null }>>(new Map());

export interface Wanted {
  filter: Filter;
  search: string;
}

const PAGE = 50;
// Several events of one video mostly come together.
const READ_AFTER_MS = 250;
const READS_AT_ONCE = 3;

let wanted: Wanted = { filter: "all", search: "" };
let reading = 0;
let oldest: Video | null = null;

/** Show the videos that a person wants to see, the latest upload first. */
export async function show(next: Wanted): Promise<void> {
  wanted = next;
  oldest = null;
  reading += 1;
  const mine = reading;
  loading.value = true;
  try {
    await readPage(mine, false);
  } catch (error) {
    toast({ text: sentenceOf(error), tone: "bad", lasts: 8000 });
  } finally {
    if (mine === reading) loading.value = false;
  }
}

/** Show another page below. */
export async function showMore(): Promise<void> {
  try {
    await readPage(reading, true);
  } catch (error) {
    toast({ text: sentenceOf(error), tone: "bad", lasts: 8000 });
  }
}

/** @param below whether the page stands below what is shown, and does not replace it. */
async function readPage(mine: number, below: boolean): Promise<void> {
  const last = oldest;
  const found = await answer(
    api.GET("/videos", {
      params: {
        query: {
          ...queryOf(wanted.filter),
          ...(wanted.search === "" ? {} : { q: wanted.search }),
          ...(last === null ? {} : { before: last.uploaded_at, before_id: last.id }),
          limit: PAGE,
        },
      },
    }),
  );
  // The person has asked for something else meanwhile.
  if (mine !== reading) return;
  // Events may have changed the list while the page was read.
  const before = below ? videos.value : [];
  const known = new Set(before.map((video) => video.id));
  const fitting = found.videos.filter((video) => fits(video, wanted.filter) && !known.has(video.id));
  oldest = found.videos.at(-1) ?? oldest;
  batch(() => {
    videos.value = [...before, ...fitting];
    total.value = found.total;
    more.value = found.next !== null;
  });
  // A page may hold no video that fits; the person would see an empty list with a button.
  if (fitting.length === 0 && found.next !== null) await readPage(mine, below);
}

/** Follow the changes while the list is shown; return a function that ends it. */
export function follow(): () => void {
  return listen({ event: onEvent, snapshot: () => void show(wanted) });
}

function onEvent(event: LiveEvent): void {
  const id = event.video_id;
  if (id === null) return;
  switch (event.kind) {
    case "captions.changed":
    case "video.objects_deleted":
      return;
    case "video.progress":
      onProgress(id, event.data);
      return;
    case "video.deleted":
      remove(id);
      return;
    case "video.status":
      patch(id, event.data);
      if (event.data.status !== "processing" && event.data.caption_status !== "processing") endProgress(id);
  }
  readSoon(id);
}

const speeds = new Map<string, { stage: string; speed: Speed }>();

function onProgress(id: string, now: Progress): void {
  let known = speeds.get(id);
  if (known?.stage !== now.stage) {
    known = { stage: now.stage, speed: new Speed(60_000) };
    speeds.set(id, known);
  }
  known.speed.note(now.done, performance.now());
  const secondsLeft = now.total > 0 ? known.speed.secondsLeft(now.total) : null;
  progress.value = new Map(progress.value).set(id, { ...now, secondsLeft });
}

function endProgress(id: string): void {
  speeds.delete(id);
  if (!progress.value.has(id)) return;
  const others = new Map(progress.value);
  others.delete(id);
  progress.value = others;
}

function patch(id: string, fields: Partial<Video>): void {
  videos.value = videos.value.map((video) => (video.id === id ? { ...video, ...fields } : video));
}

export function remove(id: string): void {
  endProgress(id);
  if (!videos.value.some((video) => video.id === id)) return;
  videos.value = videos.value.filter((video) => video.id !== id);
  total.value -= 1;
}

const toRead: string[] = [];
let reads = 0;

/** Read what only the page of one video says, for example because its row came into view. */
export function readDetail(id: string): void {
  if (toRead.includes(id)) return;
  toRead.push(id);
  readNext();
}

const soon = new Set<string>();

function readSoon(id: string): void {
  if (soon.has(id)) return;
  soon.add(id);
  setTimeout(() => {
    soon.delete(id);
    readDetail(id);
  }, READ_AFTER_MS);
}

function readNext(): void {
  while (reads < READS_AT_ONCE) {
    const id = toRead.shift();
    if (id === undefined) return;
    reads += 1;
    void read(id).finally(() => {
      reads -= 1;
      readNext();
    });
  }
}

async function read(id: string): Promise<void> {
  try {
    take(await answer(api.GET("/videos/{video_id}", { params: { path: { video_id: id } } })));
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) remove(id);
    // The next event of the video, or a new stream, reads it again.
  }
}

/**
 * Put a video into the list as it is now: in its place, or at the top when it is new.
 *
 * A video that does not fit the filter any more stays until the list is asked for again, so that the person sees
 * what became of it.
 */
export function take(detail: VideoDetail): void {
  const shown = videos.value;
  const here = shown.some((video) => video.id === detail.id);
  const wantedNow = fits(detail, wanted.filter) && matches(detail, wanted.search);
  batch(() => {
    details.value = new Map(details.value).set(detail.id, detail);
    if (here) videos.value = shown.map((video) => (video.id === detail.id ? detail : video));
    else if (wantedNow && isNewer(detail, shown[0])) {
      videos.value = [detail, ...shown];
      total.value += 1;
    }
  });
}

function matches(video: Video, search: string): boolean {
  return video.display_name.toLowerCase().includes(search.toLowerCase());
}

function isNewer(video: Video, first: Video | undefined): boolean {
  return first === undefined || Date.parse(video.uploaded_at) >= Date.parse(first.uploaded_at);
}
