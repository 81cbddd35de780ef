/** Pictures of frames, out of the chunks. Chunks and pictures that were used lately are kept. */

import { type Signal, signal } from "@preact/signals";
import { answer, api, type Schemas } from "../../api/client";
import { AnyDecoder, type ChunkDecoder } from "./chunk-decoder";
import { chunkOf, LARGEST_WINDOW, positionOf } from "./chunks";
import { Recent } from "./recent";

type ChunkAddress = Schemas["ChunkAddress"];

/** A chunk takes some 40 KB. */
const KEPT_CHUNKS = 64;
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
  /** Width per height of the pictures of a track, once its chunks are known. */
  readonly ratios: Signal<ReadonlyMap<number, number>> = signal(new Map());
  private readonly addresses = new Recent<Promise<Addresses>>(64);
  private readonly chunks = new Recent<Promise<ArrayBuffer>>(KEPT_CHUNKS);
  private readonly pictures = new Recent<Promise<ImageBitmap>>(KEPT_PICTURES);

  constructor(
    private readonly videoId: string,
    private readonly decoder: ChunkDecoder = new AnyDecoder(),
  ) {}

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
    this.chunks.clear();
    this.decoder.clear();
    this.pictures.clear();
    this.ratios.value = new Map();
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
    const chunk = this.chunks.getOr(key, () => fetchChunk(address.url));
    try {
      return await this.decoder.picture(key, await chunk, positionOf(frame));
    } catch (error) {
      this.chunks.delete(key);
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
    if (!this.ratios.value.has(track))
      this.ratios.value = new Map(this.ratios.value).set(track, list.width / list.height);
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

async function fetchChunk(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(LONGEST_WAIT_MS) });
  if (!response.ok) throw new RefusedError(`The store answered ${response.status}.`);
  return response.arrayBuffer();
}

/** The store does not give a chunk, for example because its address has ended. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
}
