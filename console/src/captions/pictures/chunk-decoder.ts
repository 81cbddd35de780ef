/** Makes pictures of chunks: in a worker, or in the page where the browser has no decoder for workers. */

import { CODEC, type Decoded, type Wanted } from "./decoder-messages";
import { VideoElements } from "./video-elements";

export interface ChunkDecoder {
  /**
   * The picture at a position of a chunk, from 0.
   *
   * @param key names the chunk, which may be asked for pictures often.
   */
  picture(key: string, chunk: ArrayBuffer, position: number): Promise<ImageBitmap>;
  /** No more pictures are asked of the chunks so far. */
  clear(): void;
}

/** One worker is enough for all videos of the page; null where the browser cannot decode in a worker. */
let worker: Promise<WorkerDecoder | null> | null = null;

/** Decodes in the worker if the browser can, else in video elements. A page without a secure context cannot. */
export class AnyDecoder implements ChunkDecoder {
  private readonly elements = new VideoElements();

  async picture(key: string, chunk: ArrayBuffer, position: number): Promise<ImageBitmap> {
    worker ??= startWorker();
    const started = await worker;
    return started === null ? this.elements.picture(key, chunk, position) : started.picture(chunk, position);
  }

  clear(): void {
    this.elements.clear();
  }
}

async function startWorker(): Promise<WorkerDecoder | null> {
  if (!("VideoDecoder" in globalThis)) return null;
  try {
    return (await VideoDecoder.isConfigSupported(CODEC)).supported === true ? new WorkerDecoder() : null;
  } catch {
    return null;
  }
}

class WorkerDecoder {
  private readonly worker = new Worker(new URL("./decoder.worker.ts", import.meta.url), { type: "module" });
  private readonly waiting = new Map<number, (answer: Decoded) => void>();
  private lastId = 0;

  constructor() {
    this.worker.onmessage = ({ data }: MessageEvent<Decoded>) => this.take(data);
    // Its file did not come. The pictures that are asked for next are made in the page.
    this.worker.onerror = () => {
      worker = Promise.resolve(null);
      for (const id of [...this.waiting.keys()]) this.take({ id, picture: null, reason: "The decoder did not start." });
    };
  }

  picture(chunk: ArrayBuffer, position: number): Promise<ImageBitmap> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, (answer) => {
        if (answer.picture === null) reject(new Error(answer.reason));
        else resolve(answer.picture);
      });
      this.worker.postMessage({ id, chunk, position } satisfies Wanted);
    });
  }

  private take(answer: Decoded): void {
    this.waiting.get(answer.id)?.(answer);
    this.waiting.delete(answer.id);
  }
}
