/** Makes the zip of strips: the first frame, the last frame and the median of each caption. */

import { answer, api, type Schemas } from "../api/client";
import { fetchFile, type MadeFile } from "./file";
import { type ExportOptions, USUAL } from "./options";
import { stripTable } from "./strip-table";
import { Zip } from "./zip";

/** Wide enough to tell the pictures of a strip apart. */
const GAP_PIXELS = 4;
const GAP_COLOUR = "#808080";
/** A frame inside a chunk of one second appears within this time, also on a slow line. */
const LONGEST_WAIT_MS = 15_000;
const RETRY_MS = 50;

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
  zip.add("index.csv", new TextEncoder().encode(csv));
  for (const [index, row] of rows.entries()) {
    onProgress(index, rows.length);
    signal.throwIfAborted();
    const path = { video_id: videoId, caption_id: row.captionId };
    const strip = await answer(api.GET("/videos/{video_id}/captions/{caption_id}/strip", { params: { path }, signal }));
    zip.add(row.name, await drawn(strip));
  }
  onProgress(rows.length, rows.length);
  return { name: file.name.replace(/\.csv$/, ".strips.zip"), bytes: zip.blob(), text: csv };
}

type Picture = ImageBitmap;

async function drawn(strip: Schemas["CaptionStrip"]): Promise<Uint8Array<ArrayBuffer>> {
  const places = ["first", "last"] as const;
  const pictures: Picture[] = [];
  for (const place of places) {
    const found = strip.pictures.find((each) => each.place === place);
    if (found !== undefined) pictures.push(await frameOf(found.url, found.seek_seconds));
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
    picture.close();
  }
  const png = await canvas.convertToBlob({ type: "image/png" });
  return new Uint8Array(await png.arrayBuffer());
}

async function imageOf(url: string): Promise<Picture> {
  const response = await fetch(url);
  if (!response.ok) throw new DOMException(`The store answered ${response.status}.`, "NetworkError");
  return createImageBitmap(await response.blob());
}

/** The frame of a chunk; the browser decodes it as it would for the page. */
async function frameOf(url: string, seconds: number): Promise<Picture> {
  const video = document.createElement("video");
  video.crossOrigin = "anonymous";
  video.muted = true;
  video.preload = "auto";
  video.src = url;
  try {
    await showsFrame(video);
    video.currentTime = seconds;
    await showsFrame(video);
    return await pictureOf(video);
  } finally {
    video.removeAttribute("src");
    video.load();
  }
}

/** The present picture. On a busy machine, the browser may hand it out only a moment after it has decoded it. */
async function pictureOf(video: HTMLVideoElement): Promise<Picture> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    try {
      return await createImageBitmap(video);
    } catch (error) {
      const isEarly = error instanceof DOMException && error.name === "InvalidStateError";
      if (!isEarly || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Wait until the browser has the picture of the present time, which may be a moment after it says that it seeked. */
function showsFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const end = (finish: () => void) => {
      clearTimeout(timer);
      stop.abort();
      finish();
    };
    const fail = () => end(() => reject(new DOMException("A frame could not be loaded.", "NetworkError")));
    const look = () => {
      if (!video.seeking && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) end(resolve);
    };
    const timer = setTimeout(fail, LONGEST_WAIT_MS);
    for (const name of ["loadeddata", "seeked", "canplay"]) video.addEventListener(name, look, { signal: stop.signal });
    video.addEventListener("error", fail, { signal: stop.signal });
    look();
  });
}
