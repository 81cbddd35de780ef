import { answer, api, type Schemas } from "../../api/client";

/** Pages of full frames that are read: 10,000 pictures are a video of a day. */
const MOST_PAGES = 10;

interface Thumbnail {
  seconds: number;
  url: string;
}

/** The full frames of a video, one per ten seconds, loaded as they come into sight. */
export class Thumbnails {
  private frames: Thumbnail[] = [];
  private readonly images = new Map<string, HTMLImageElement>();

  /** @param changed called when there is something new to draw. */
  constructor(private readonly changed: () => void) {}

  async load(videoId: string): Promise<void> {
    let after: number | null = null;
    for (let page = 0; page < MOST_PAGES; page++) {
      const query: { limit: number; after?: number } = { limit: 1000, ...(after === null ? {} : { after }) };
      const params = { path: { video_id: videoId }, query };
      const list: Schemas["FullFrameList"] = await answer(api.GET("/videos/{video_id}/full-frames", { params }));
      this.frames.push(...list.frames);
      this.changed();
      after = list.next_after ?? null;
      if (after === null) return;
    }
  }

  /** The picture of the latest full frame at a time, if it is loaded; else it begins to load. */
  at(seconds: number): HTMLImageElement | null {
    const frame = this.frames.findLast((each) => each.seconds <= seconds + 0.05) ?? this.frames[0];
    if (frame === undefined) return null;
    let image = this.images.get(frame.url);
    if (image === undefined) {
      image = new Image();
      image.onload = this.changed;
      image.src = frame.url;
      this.images.set(frame.url, image);
    }
    return image.complete && image.naturalWidth > 0 ? image : null;
  }
}
