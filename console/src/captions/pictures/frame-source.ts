/**
 * Pictures of frames, out of the chunks.
 *
 * The browser decodes: a chunk is opened in a video element that is in no page, and sought. Chunks
 * and pictures that were used lately are kept.
 */

import { answer, api, type Schemas } from "../../api/client";
import { chunkOf, LARGEST_WINDOW, seekSeconds } from "./chunks";
import { Recent } from "./recent";

type ChunkAddress = Schemas["ChunkAddress"];

/** A chunk in a video element takes about a megabyte; a strip needs at most four. */
const OPEN_CHUNKS = 16;
/** A picture of 800 x 120 takes 400 KB. */
const KEPT_PICTURES = 300;
/** A chunk is a few kilobytes, so one that is silent for this long does not come. */
const LONGEST_WAIT_MS = 10_000;
/** Addresses are asked for again this long before they end. */
const MARGIN_MS = 60_000;

interface Addresses {
  chunks: Map<string, ChunkAddress>;
  expiresAt: number;
}

export class FrameSource {
  private readonly addresses = new Recent<Promise<Addresses>>(64);
  private readonly open = new Recent<OpenChunk>(OPEN_CHUNKS, (chunk) => chunk.close());
  private readonly pictures = new Recent<Promise<ImageBitmap>>(KEPT_PICTURES);

  constructor(private readonly videoId: string) {}

  /** The picture of a frame of a track. */
  picture(track: number, frame: number): Promise<ImageBitmap> {
    const key = `${track}/${frame}`;
    return this.pictures.getOr(key, () => {
      const made = this.decoded(track, frame);
      // A failure is not kept: the next one who asks tries again.
      made.catch(() => this.pictures.delete(key));
      return made;
    });
  }

  /** Forget everything, because the video has other cropped frames now. */
  clear(): void {
    this.addresses.clear();
    this.open.clear();
    this.pictures.clear();
  }

  private async decoded(track: number, frame: number): Promise<ImageBitmap> {
    try {
      return await this.decodedOnce(track, frame);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      // The address ended although the clock of this machine says otherwise.
      this.addresses.delete(windowKey(track, frame));
      return this.decodedOnce(track, frame);
    }
  }

  private async decodedOnce(track: number, frame: number): Promise<ImageBitmap> {
    const { level, firstFrame } = chunkOf(frame);
    const key = `${track}/${level}/${firstFrame}`;
    const address = (await this.window(track, frame)).chunks.get(`${level}/${firstFrame}`);
    if (address === undefined) throw new Error(`Track ${track} has no frame ${frame}.`);
    const chunk = this.open.getOr(key, () => new OpenChunk(address.url));
    try {
      return await chunk.picture(seekSeconds(frame));
    } catch (error) {
      this.open.delete(key);
      throw error;
    }
  }

  private async window(track: number, frame: number): Promise<Addresses> {
    const first = firstOfWindow(frame);
    const key = windowKey(track, frame);
    const ask = () => {
      const asked = this.ask(track, first);
      asked.catch(() => this.addresses.delete(key));
      return asked;
    };
    const found = await this.addresses.getOr(key, ask);
    if (found.expiresAt - MARGIN_MS > Date.now()) return found;
    this.addresses.delete(key);
    return this.addresses.getOr(key, ask);
  }

  private async ask(track: number, first: number): Promise<Addresses> {
    const query = { track, from: first, to: first + LARGEST_WINDOW };
    const params = { path: { video_id: this.videoId }, query };
    const list = await answer(api.GET("/videos/{video_id}/chunks", { params }));
    return {
      chunks: new Map(list.chunks.map((chunk) => [`${chunk.level}/${chunk.first_frame}`, chunk])),
      expiresAt: Date.parse(list.expires_at),
    };
  }
}

function firstOfWindow(frame: number): number {
  return frame - (frame % LARGEST_WINDOW);
}

function windowKey(track: number, frame: number): string {
  return `${track}/${firstOfWindow(frame)}`;
}

/** The store does not give a chunk, for example because its address has ended. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** A chunk in a video element. One picture is sought at a time. */
class OpenChunk {
  private readonly video = document.createElement("video");
  private readonly ready: Promise<void>;
  private readonly abandoned = new AbortController();
  private last: Promise<unknown> = Promise.resolve();
  private blobUrl: string | null = null;

  constructor(url: string) {
    this.ready = this.load(url);
    this.ready.catch(() => {});
  }

  /**
   * Load the chunk whole. A video element that loads by itself keeps its connection, of which a
   * browser opens six to one host, so the seventh chunk would wait for a chunk to be closed.
   */
  private async load(url: string): Promise<void> {
    const response = await fetch(url, {
      signal: AbortSignal.any([this.abandoned.signal, AbortSignal.timeout(LONGEST_WAIT_MS)]),
    });
    if (!response.ok) throw new RefusedError(`The store answered ${response.status}.`);
    this.blobUrl = URL.createObjectURL(await response.blob());
    const loaded = happens(this.video, "loadeddata");
    this.video.muted = true;
    this.video.preload = "auto";
    this.video.src = this.blobUrl;
    await loaded;
  }

  picture(seconds: number): Promise<ImageBitmap> {
    const next = this.last.then(async () => {
      await this.ready;
      await presented(this.video, seconds);
      return createImageBitmap(this.video);
    });
    this.last = next.catch(() => {});
    return next;
  }

  close(): void {
    this.abandoned.abort();
    if (this.blobUrl === null) return;
    this.video.removeAttribute("src");
    this.video.load();
    URL.revokeObjectURL(this.blobUrl);
  }
}

function happens(video: HTMLVideoElement, event: "loadeddata"): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void) => {
      clearTimeout(timer);
      video.removeEventListener(event, good);
      video.removeEventListener("error", bad);
      finish();
    };
    const good = () => end(resolve);
    const bad = () => end(() => reject(new Error("The pictures of the caption cannot be read.")));
    const timer = setTimeout(bad, LONGEST_WAIT_MS);
    video.addEventListener(event, good);
    video.addEventListener("error", bad);
  });
}

/**
 * Seek, and wait until the picture at that time is the one that the element shows. The event `seeked`
 * comes before that when the machine is busy, so a copy would be of the picture before.
 */
async function presented(video: HTMLVideoElement, seconds: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("The pictures of the caption cannot be read.")), LONGEST_WAIT_MS);
    const check: VideoFrameRequestCallback = (_now, { mediaTime }) => {
      // The middle of a frame is half a frame, 0.05 s, from the times of its ends.
      if (Math.abs(mediaTime + 0.05 - seconds) < 0.04) {
        clearTimeout(timer);
        resolve();
      } else video.requestVideoFrameCallback(check);
    };
    video.requestVideoFrameCallback(check);
    video.currentTime = seconds;
  });
}
