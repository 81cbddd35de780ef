/** Decodes single pictures of chunks, so that the page stays free for the person meanwhile. */

import { CODEC, type Decoded, type Wanted } from "./decoder-messages";
import { blocksOf } from "./webm";

addEventListener("message", async ({ data }: MessageEvent<Wanted>) => {
  const { id, chunk, position } = data;
  try {
    const picture = await decoded(chunk, position);
    answer({ id, picture }, [picture]);
  } catch (error) {
    answer({ id, picture: null, reason: String(error) }, []);
  }
});

function answer(message: Decoded, transfer: Transferable[]): void {
  postMessage(message, { transfer });
}

async function decoded(chunk: ArrayBuffer, position: number): Promise<ImageBitmap> {
  const blocks = blocksOf(chunk);
  const first = blocks.findLastIndex(({ key }, index) => key && index <= position);
  if (first < 0 || position >= blocks.length) throw new Error(`The chunk has no picture ${position}.`);
  let found: Promise<ImageBitmap> | null = null;
  const decoder = new VideoDecoder({
    output: (frame) => {
      if (frame.timestamp === position) found = createImageBitmap(frame).finally(() => frame.close());
      else frame.close();
    },
    // `flush` fails with it too.
    error: () => {},
  });
  try {
    decoder.configure(CODEC);
    // The position is the time stamp: all that it is for is to tell which picture came out.
    for (const [index, { key, data }] of blocks.slice(first, position + 1).entries())
      decoder.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp: first + index, data }));
    await decoder.flush();
  } finally {
    if (decoder.state !== "closed") decoder.close();
  }
  if (found === null) throw new Error(`The decoder gave no picture ${position}.`);
  return found;
}
