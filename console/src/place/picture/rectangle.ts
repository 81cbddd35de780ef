import type { Region } from "../model/region";

/** Return the style that puts an element where a region of the picture is. */
export function frameStyle(region: Region): Record<"left" | "top" | "width" | "height", string> {
  return {
    left: `${region.crop_left * 100}%`,
    top: `${region.crop_top * 100}%`,
    width: `${(region.crop_right - region.crop_left) * 100}%`,
    height: `${(region.crop_bottom - region.crop_top) * 100}%`,
  };
}
