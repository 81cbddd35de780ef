/** Makes the zip of strips: the first frame, the last frame and the median of each caption. */

import { answer, api, type Schemas } from "../../api/client";
import { FrameSource } from "../../captions/pictures/frame-source";
import { fetchFile, type MadeFile } from "../file";
import { type ExportOptions, USUAL } from "../model/options";
import { stripTable } from "./strip-table";
import { Zip } from "./zip";

/** Wide enough to tell the pictures of a strip apart. */
const GAP_PIXELS = 4;
const GAP_COLOUR = "#808080";

/**
 * Make a zip with a picture per caption and a table, named as `captionacc export` names them.
 *
 * @throws DOMException The signal was aborted, or a picture could not be loaded.
 */
export async function makeStrips(
  videoId: string,
  options: ExportOptions,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<MadeFile> {
  const plain = { ...options, gaps: false, bom: USUAL.bom, crlf: USUAL.crlf };
  const file = await fetchFile(videoId, "csv", plain, signal);
  const { rows, csv } = stripTable(file.text);
  const zip = new Zip();
  const frames = new FrameSource(videoId);
  zip.add("index.csv", new TextEncoder().encode(csv));
  try {
    for (const [index, row] of rows.entries()) {
      onProgress(index, rows.length);
      signal.throwIfAborted();
      const path = { video_id: videoId, caption_id: row.captionId };
      const params = { path };
      const strip = await answer(api.GET("/videos/{video_id}/captions/{caption_id}/strip", { params, signal }));
      zip.add(row.name, await drawn(strip, frames));
    }
  } finally {
    frames.clear();
  }
  onProgress(rows.length, rows.length);
  return { name: file.name.replace(/\.csv$/, ".strips.zip"), bytes: zip.blob(), text: csv };
}

async function drawn(strip: Schemas["CaptionStrip"], frames: FrameSource): Promise<Uint8Array<ArrayBuffer>> {
  const pictures: ImageBitmap[] = [];
  for (const place of ["first", "last"] as const) {
    const found = strip.pictures.find((each) => each.place === place);
    if (found !== undefined) pictures.push(await frames.picture(strip.track, found.frame_index));
  }
  if (strip.median_url !== null) pictures.push(await imageOf(strip.median_url));
  const width = pictures.reduce((sum, each) => sum + each.width + GAP_PIXELS, -GAP_PIXELS);
  const height = Math.max(1, ...pictures.map((each) => each.height));
  const canvas = new OffscreenCanvas(Math.max(1, width), height);
  const context = canvas.getContext("2d");
  if (context === null) throw new DOMException("The browser cannot draw pictures.", "NotSupportedError");
  context.fillStyle = GAP_COLOUR;
  context.fillRect(0, 0, canvas.width, canvas.height);
  let left = 0;
  for (const picture of pictures) {
    context.drawImage(picture, left, 0);
    left += picture.width + GAP_PIXELS;
  }
  const png = await canvas.convertToBlob({ type: "image/png" });
  return new Uint8Array(await png.arrayBuffer());
}

async function imageOf(url: string): Promise<ImageBitmap> {
  const response = await fetch(url);
  if (!response.ok) throw new DOMException(`The store answered ${response.status}.`, "NetworkError");
  return createImageBitmap(await response.blob());
}
