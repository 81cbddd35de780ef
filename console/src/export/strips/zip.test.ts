import { expect, test } from "vitest";
import { crc32, Zip } from "./zip";

const encoder = new TextEncoder();

test("the checksum is the one of zip", () => {
  expect(crc32(encoder.encode("123456789"))).toBe(0xcbf43926);
});

test("the directory names each file with its size and place", async () => {
  const zip = new Zip();
  zip.add("index.csv", encoder.encode("a,b\n"));
  zip.add("图.png", encoder.encode("picture"));
  const bytes = new Uint8Array(await zip.blob().arrayBuffer());
  const view = new DataView(bytes.buffer);
  const end = bytes.byteLength - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  expect(view.getUint16(end + 10, true)).toBe(2);

  let at = view.getUint32(end + 16, true);
  const found: [string, string][] = [];
  for (let count = 0; count < 2; count += 1) {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const [size, nameSize] = [view.getUint32(at + 20, true), view.getUint16(at + 28, true)];
    const name = new TextDecoder().decode(bytes.slice(at + 46, at + 46 + nameSize));
    const start = view.getUint32(at + 42, true) + 30 + nameSize;
    found.push([name, new TextDecoder().decode(bytes.slice(start, start + size))]);
    at += 46 + nameSize;
  }
  expect(found).toEqual([
    ["index.csv", "a,b\n"],
    ["图.png", "picture"],
  ]);
});
