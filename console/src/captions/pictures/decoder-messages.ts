/** What the page and the worker that decodes chunks say to each other. */

export interface Wanted {
  id: number;
  chunk: ArrayBuffer;
  /** Of the picture in the chunk, from 0. */
  position: number;
}

export type Decoded = { id: number; picture: ImageBitmap } | { id: number; picture: null; reason: string };

/** VP9 of 8 bits, as the crop stage makes it. The pictures are too small for a graphics card to be worth its start. */
export const CODEC: VideoDecoderConfig = { codec: "vp09.00.10.08", hardwareAcceleration: "prefer-software" };
