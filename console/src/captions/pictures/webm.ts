/**
 * The encoded pictures of a chunk, out of its WebM file.
 *
 * The crop stage writes each picture as a SimpleBlock of a cluster (RFC 9559), so no other kind of block is read.
 */

export interface Block {
  /** Whether the picture needs none before it. */
  key: boolean;
  data: Uint8Array;
}

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const SIMPLE_BLOCK = 0xa3;
/** The bit of a SimpleBlock's flags that says that the picture needs none before it. */
const KEY_FLAG = 0x80;

/** The pictures of the file in their order. */
export function blocksOf(file: ArrayBuffer): Block[] {
  const blocks: Block[] = [];
  read(new Uint8Array(file), blocks);
  return blocks;
}

function read(bytes: Uint8Array, blocks: Block[]): void {
  for (let at = 0; at < bytes.length; ) {
    const id = numberAt(bytes, at, true);
    const size = numberAt(bytes, at + id.length, false);
    const start = at + id.length + size.length;
    // An element of unknown size, of a file that is streamed, goes on to the end.
    const end = size.value === 2 ** (7 * size.length) - 1 ? bytes.length : start + size.value;
    const content = bytes.subarray(start, end);
    if (id.value === SEGMENT || id.value === CLUSTER) read(content, blocks);
    else if (id.value === SIMPLE_BLOCK) blocks.push(blockOf(content));
    at = end;
  }
}

/** A block begins with the number of its track, a time of two bytes, and its flags. */
function blockOf(content: Uint8Array): Block {
  const flags = numberAt(content, 0, false).length + 2;
  return { key: ((content[flags] ?? 0) & KEY_FLAG) !== 0, data: content.subarray(flags + 1) };
}

/** A number whose first byte says by its leading zeros how many bytes it has; ids keep the bit that ends them. */
function numberAt(bytes: Uint8Array, at: number, isId: boolean): { value: number; length: number } {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  let value = isId ? first : first & (0xff >> length);
  for (let more = 1; more < length; more++) value = value * 256 + (bytes[at + more] ?? 0);
  return { value, length };
}
