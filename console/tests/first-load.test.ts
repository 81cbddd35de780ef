import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
}

const DIST = new URL("../dist/", import.meta.url);
const MANIFEST = new URL(".vite/manifest.json", DIST);
const MOST_BYTES = 150_000;

/** Return the files that the browser loads for these sources, each once. */
function filesOf(manifest: Record<string, Chunk>, sources: string[], found = new Set<string>()): Set<string> {
  for (const source of sources) {
    const chunk = manifest[source];
    if (chunk === undefined) throw new Error(`The manifest has no ${source}.`);
    if (found.has(chunk.file)) continue;
    found.add(chunk.file);
    for (const file of chunk.css ?? []) found.add(file);
    filesOf(manifest, chunk.imports ?? [], found);
  }
  return found;
}

describe.skipIf(!existsSync(MANIFEST))("the built console (make console)", () => {
  it("loads less than 150 kB before the list of videos is there", () => {
    const manifest: Record<string, Chunk> = JSON.parse(readFileSync(MANIFEST, "utf8"));

    const files = ["index.html", ...filesOf(manifest, ["index.html", "src/videos/view.tsx"])];

    const bytes = files.map((file) => gzipSync(readFileSync(new URL(file, DIST))).length);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES);
  });

  it("has no script and no style in its page, which the policy would refuse", () => {
    const page = readFileSync(new URL("index.html", DIST), "utf8");

    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/);
    expect(page).not.toMatch(/https?:\/\//);
  });
});
