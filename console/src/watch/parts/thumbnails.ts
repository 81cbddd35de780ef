import { answer, api, type Schemas } from "../../api/client";

/** Pages of full frames that are read: 10,000 pictures are a video of a day. */
const MOST_PAGES = 10;

/** Addresses are asked for again this long before they end. */
const MARGIN_MS = 60_000;

interface Thumbnail {
  seconds: number;
  url: string;
}

/** The full frames of a video, one per ten seconds, loaded as they come into sight. */
export class Thumbnails {
  private frames: Thumbnail[] = [];
  private readonly images = new Map<number, HTMLImageElement>();
  private endsAt = Number.POSITIVE_INFINITY;

  /** @param changed called when there is something new to draw. */
  constructor(
    private readonly videoId: string,
    private readonly changed: () => void,
  ) {}

  /** Read the list of pictures, also when their addresses are about to end. */
  async load(): Promise<void> {
    const frames: Thumbnail[] = [];
    let after: number | null = null;
    this.endsAt = Number.POSITIVE_INFINITY;
    for (let page = 0; page < MOST_PAGES; page++) {
      const query: { limit: number; after?: number } = { limit: 1000, ...(after === null ? {} : { after }) };
      const params = { path: { video_id: this.videoId }, query };
      const list: Schemas["FullFrameList"] = await answer(api.GET("/videos/{video_id}/full-frames", { params }));
      frames.push(...list.frames);
      if (frames.length > this.frames.length) this.frames = frames;
      this.endsAt = Math.min(this.endsAt, Date.parse(list.expires_at) - MARGIN_MS);
      this.changed();
      after = list.next_after ?? null;
      if (after === null) break;
    }
    this.frames = frames;
  }

  /** The picture of the latest full frame at a time, if it is loaded; else it begins to load. */
  at(seconds: number): HTMLImageElement | null {
    const frame = this.frames.findLast((each) => each.seconds <= seconds + 0.05) ?? this.frames[0];
    if (frame === undefined) return null;
    let image = this.images.get(frame.seconds);
    if (image === undefined) {
      if (this.endsAt < Date.now()) {
        // What is loaded stays; the list with new addresses draws the rest.
        void this.load().catch(() => {});
        return null;
      }
      image = new Image();
      image.onload = this.changed;
      image.src = frame.url;
      this.images.set(frame.seconds, image);
    }
    return image.complete && image.naturalWidth > 0 ? image : null;
  }
}
