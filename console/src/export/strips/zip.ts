/** Writes a zip without compression: the pictures in it are compressed already. */

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) {
    value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return value;
});

export function crc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const VERSION = 20;
/** Names are UTF-8. */
const FLAGS = 0x0800;
/** The first day that zip knows, 1 January 1980: equal captions then make equal files. */
const FIRST_DAY = 0x21;
/** Sizes and offsets of the plain format have 32 bits, and the count of its files has 16. */
const LARGEST_BYTES = 0xffffffff;
const MOST_FILES = 0xffff;

class Header {
  private readonly bytes: number[] = [];

  u16(...values: number[]): this {
    for (const value of values) {
      this.bytes.push(value & 0xff, (value >>> 8) & 0xff);
    }
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) {
      this.u16(value & 0xffff, value >>> 16);
    }
    return this;
  }

  done(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.bytes);
  }
}

export class Zip {
  private readonly parts: BlobPart[] = [];
  private readonly directory: BlobPart[] = [];
  private directorySize = 0;
  private offset = 0;
  private count = 0;

  add(name: string, data: Uint8Array<ArrayBuffer>): void {
    const encoded = new TextEncoder().encode(name);
    const crc = crc32(data);
    const size = data.byteLength;
    const local = new Header()
      .u32(0x04034b50)
      .u16(VERSION, FLAGS, 0, 0, FIRST_DAY)
      .u32(crc, size, size)
      .u16(encoded.byteLength, 0)
      .done();
    const entry = new Header()
      .u32(0x02014b50)
      .u16(VERSION, VERSION, FLAGS, 0, 0, FIRST_DAY)
      .u32(crc, size, size)
      .u16(encoded.byteLength, 0, 0, 0, 0)
      .u32(0, this.offset)
      .done();
    this.parts.push(local, encoded, data);
    this.directory.push(entry, encoded);
    this.directorySize += entry.byteLength + encoded.byteLength;
    this.offset += local.byteLength + encoded.byteLength + size;
    this.count += 1;
    if (this.offset > LARGEST_BYTES || this.count > MOST_FILES) {
      throw new RangeError("The pictures do not fit into one zip; export one track at a time.");
    }
  }

  blob(): Blob {
    const end = new Header()
      .u32(0x06054b50)
      .u16(0, 0, this.count, this.count)
      .u32(this.directorySize, this.offset)
      .u16(0)
      .done();
    return new Blob([...this.parts, ...this.directory, end], { type: "application/zip" });
  }
}
