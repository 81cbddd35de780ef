/** Decodes chunks in video elements that are in no page: an element is opened per chunk, and sought. */

import { FRAMES_PER_SECOND } from "../model/types";
import { Recent } from "./recent";

/** A chunk in a video element takes about a megabyte; a strip needs at most four. */
const OPEN_CHUNKS = 16;
/** A chunk is a few kilobytes, so an element that is silent for this long does not show it. */
const LONGEST_WAIT_MS = 10_000;

export class VideoElements {
  private readonly open = new Recent<OpenChunk>(OPEN_CHUNKS, (chunk) => chunk.close());

  async picture(key: string, chunk: ArrayBuffer, position: number): Promise<ImageBitmap> {
    try {
      return await this.open.getOr(key, () => new OpenChunk(chunk)).picture(position);
    } catch (error) {
      this.open.delete(key);
      throw error;
    }
  }

  clear(): void {
    this.open.clear();
  }
}

/** A chunk in a video element. One picture is sought at a time. */
class OpenChunk {
  private readonly video = document.createElement("video");
  private readonly blobUrl: string;
  private last: Promise<unknown>;

  constructor(chunk: ArrayBuffer) {
    this.blobUrl = URL.createObjectURL(new Blob([chunk], { type: "video/webm" }));
    this.last = happens(this.video, "loadeddata");
    this.last.catch(() => {});
    this.video.muted = true;
    this.video.preload = "auto";
    this.video.src = this.blobUrl;
  }

  picture(position: number): Promise<ImageBitmap> {
    const next = this.last.then(async () => {
      // The middle of the time for which the chunk shows the picture.
      await presented(this.video, (position + 0.5) / FRAMES_PER_SECOND);
      return createImageBitmap(this.video);
    });
    this.last = next.catch(() => {});
    return next;
  }

  close(): void {
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
