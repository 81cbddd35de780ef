import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Asked, fakeGateway, Refusal } from "../../tests/fake-gateway";
import { Locks } from "./locks.fixture";

const PART_BYTES = 4;
const WISH = { language: null, unattended: false };
const clip = () => new File(["0123456789"], "clip.mp4", { type: "video/mp4", lastModified: 5 });

/** A store that takes parts when the test lets it. */
let letParts: () => void;
let parts: Promise<void>;
const sent = new Set<number>();
vi.mock("./put-part", () => ({
  PartRefusedError: class extends Error {},
  putPart: async (url: string, _body: Blob, { signal }: { signal: AbortSignal }) => {
    await Promise.race([
      parts,
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")))),
    ]);
    sent.add(Number(url));
  },
}));

let came: Asked[];
let kept: "open" | "completed" | "aborted" | null;

function state() {
  const next_parts = [1, 2, 3]
    .filter((number) => !sent.has(number))
    .map((number) => ({
      number,
      offset: (number - 1) * PART_BYTES,
      size_bytes: Math.min(PART_BYTES, 10 - (number - 1) * PART_BYTES),
      url: String(number),
    }));
  return {
    id: "u1",
    state: kept,
    display_name: "clip.mp4",
    size_bytes: 10,
    language: null,
    sent_bytes: sent.size * 3,
    next_parts,
  };
}

/** Another tab of the same browser: the same storage and locks, and modules of its own. */
async function tab() {
  vi.resetModules();
  return await import("./uploads");
}

beforeEach(() => {
  const stored = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  vi.stubGlobal("navigator", { locks: new Locks() });
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("removeEventListener", () => {});
  sent.clear();
  parts = new Promise((resolve) => {
    letParts = () => resolve();
  });
  kept = null;
  came = fakeGateway(({ method, path }) => {
    if (method === "POST" && path === "/videos") kept = "open";
    else if (path === "/uploads") return { uploads: kept === "open" ? [state()] : [] };
    else if (kept === null) return new Refusal(404, "There is no such upload.");
    if (method === "DELETE") kept = "aborted";
    if (path.endsWith("/complete")) kept = "completed";
    return method === "DELETE" ? undefined : state();
  });
});
afterEach(() => vi.unstubAllGlobals());

const asked = () => came.map(({ method, path }) => `${method} ${path}`);

describe("an upload", () => {
  it("is sent in parts, completed and forgotten", async () => {
    const { addFiles, findInterrupted, uploads } = await tab();
    letParts();
    addFiles([clip()], { language: "en", unattended: true });
    await vi.waitFor(() => expect(uploads.value[0]?.phase).toBe("done"));

    const said = { display_name: "clip.mp4", size_bytes: 10, language: "en", unattended: true };
    expect(came[0]?.body).toEqual(said);
    expect([...sent]).toEqual([1, 2, 3]);
    expect(asked()).toContain("POST /uploads/u1/complete");
    const later = await tab();
    await later.findInterrupted();
    await findInterrupted();
    expect(later.uploads.value).toEqual([]);
  });

  it("pauses and goes on", async () => {
    const { addFiles, continueUpload, pauseUpload, uploads } = await tab();
    addFiles([clip()], WISH);
    await vi.waitFor(() => expect(uploads.value[0]?.uploadId).toBe("u1"));
    const key = uploads.value[0]?.key ?? "";
    pauseUpload(key);
    expect(uploads.value[0]?.phase).toBe("paused");

    letParts();
    continueUpload(key);
    await vi.waitFor(() => expect(uploads.value[0]?.phase).toBe("done"));
    expect(asked().filter((one) => one === "POST /videos")).toHaveLength(1);
  });

  it("is interrupted after its tab was closed, and goes on with the same file only", async () => {
    const first = await tab();
    first.addFiles([clip()], WISH);
    await vi.waitFor(() => expect(first.uploads.value[0]?.uploadId).toBe("u1"));
    // The locks of a tab end with it.
    vi.stubGlobal("navigator", { locks: new Locks() });

    const second = await tab();
    await second.findInterrupted();
    const [interrupted] = second.uploads.value;
    expect(interrupted?.phase).toBe("interrupted");
    const key = interrupted?.key ?? "";
    expect(second.resumeWith(key, new File(["0"], "clip.mp4"))).toBe(false);

    letParts();
    second.addFiles([clip()], WISH);
    await vi.waitFor(() => expect(second.uploads.value.map(({ phase }) => phase)).toEqual(["done"]));
  });

  it.each(["aborted", null] as const)("begins again when the gateway has it no more (%s)", async (state) => {
    const { addFiles, continueUpload, pauseUpload, uploads } = await tab();
    addFiles([clip()], WISH);
    await vi.waitFor(() => expect(uploads.value[0]?.uploadId).toBe("u1"));
    const key = uploads.value[0]?.key ?? "";
    pauseUpload(key);
    kept = state;

    letParts();
    continueUpload(key);
    await vi.waitFor(() => expect(uploads.value[0]?.phase).toBe("done"));
    expect(asked().filter((one) => one === "POST /videos")).toHaveLength(2);
  });

  it("belongs to the tab that sends it, until it is done", async () => {
    const sending = await tab();
    sending.addFiles([clip()], WISH);
    await vi.waitFor(() => expect(sending.uploads.value[0]?.uploadId).toBe("u1"));

    const other = await tab();
    await other.findInterrupted();
    expect(other.uploads.value.map(({ phase }) => phase)).toEqual(["elsewhere"]);

    letParts();
    await vi.waitFor(() => expect(other.uploads.value).toEqual([]));
  });
});
