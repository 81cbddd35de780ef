import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ChunkDecoder } from "./chunk-decoder";
import { FrameSource } from "./frame-source";

// The client of the API reads the address of the page when it is imported.
vi.hoisted(() => vi.stubGlobal("location", { origin: "http://gateway", pathname: "/console", search: "" }));

let fetched: string[] = [];
let refused = 0;
let asked: [key: string, position: number][] = [];

const decoder: ChunkDecoder = {
  picture: async (key, _chunk, position) => {
    asked.push([key, position]);
    return { width: 800, height: 120 } as ImageBitmap;
  },
  clear: () => {},
};

beforeEach(() => {
  [fetched, asked, refused] = [[], [], 0];
  vi.stubGlobal("fetch", async (request: Request | string) => {
    const url = typeof request === "string" ? request : request.url;
    fetched.push(new URL(url).pathname);
    if (!url.includes("/chunks")) return new Response("a chunk", { status: refused-- > 0 ? 403 : 200 });
    const chunks = [16, 4, 1].map((level) => ({ level, first_frame: 0, url: `http://store/${level}/0` }));
    return Response.json({ chunks, expires_at: "2999-01-01T00:00:00Z" });
  });
});
afterEach(() => vi.unstubAllGlobals());

test("a chunk is loaded once for all its pictures", async () => {
  const source = new FrameSource("video", decoder);
  await Promise.all([source.picture(1, 16), source.picture(1, 32), source.picture(1, 5)]);
  await source.picture(1, 16);
  expect(fetched).toEqual(["/videos/video/chunks", "/16/0", "/1/0"]);
  expect(asked).toEqual([
    ["1/16/0", 1],
    ["1/16/0", 2],
    ["1/1/0", 3],
  ]);
});

test("an address that has ended is asked for again", async () => {
  refused = 1;
  await new FrameSource("video", decoder).picture(1, 16);
  expect(fetched).toEqual(["/videos/video/chunks", "/16/0", "/videos/video/chunks", "/16/0"]);
});

test("a picture that could not be made is made when it is asked for again", async () => {
  const source = new FrameSource("video", decoder);
  refused = 2;
  await expect(source.picture(1, 16)).rejects.toThrow("403");
  await source.picture(1, 16);
  expect(asked).toEqual([["1/16/0", 1]]);
});
