/** Width per height of pictures, so that a picture has its place on the page before it is there. */

import type { CaptionList } from "./types";

type Track = CaptionList["tracks"][number];

/** Most videos have it, so pictures of a video whose size is not known rarely move what is below them. */
export const USUAL_RATIO = 16 / 9;

/** The ratio of the cropped frames of a track. */
export function ratioOf({ crop_region, direction }: Track, videoRatio: number): number {
  const width = (crop_region.crop_right - crop_region.crop_left) * videoRatio;
  const height = crop_region.crop_bottom - crop_region.crop_top;
  // Columns of vertical text are laid down as lines.
  return direction === "vertical" ? height / width : width / height;
}
