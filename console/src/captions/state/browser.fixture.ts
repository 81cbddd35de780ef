/** The parts of a browser that a store of captions uses, for tests. */

import { vi } from "vitest";
import { token } from "../../app/session";
import { three } from "../model/captions.fixture";

class MemoryStorage {
  readonly items = new Map<string, string>();
  get length(): number {
    return this.items.size;
  }
  key = (index: number) => [...this.items.keys()][index] ?? null;
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

/** The part of a browser's locks that a drawer uses. */
export class Locks {
  readonly held = new Set<string>();
  request = async (name: string, work: () => Promise<void>) => {
    this.held.add(name);
    await work();
    this.held.delete(name);
  };
  query = async () => ({ held: [...this.held].map((name) => ({ name })) });
}

/** A token of an annotator, as far as the page reads it. */
function tokenOf(role: string): string {
  const claims = { sub: "me", exp: 4e9, app_metadata: { role } };
  return `x.${btoa(JSON.stringify(claims))}.x`;
}

/** Put them in the place of the browser's, with somebody signed in who has a role. */
export function stubBrowser(answer: (request: Request) => Promise<Response>, role = "annotator"): Locks {
  const locks = new Locks();
  vi.stubGlobal("navigator", { locks });
  vi.stubGlobal("localStorage", new MemoryStorage());
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("removeEventListener", () => {});
  vi.stubGlobal("fetch", answer);
  token.value = tokenOf(role);
  return locks;
}

/**
 * A gateway with the three captions of `captions.fixture.ts` that is away for edits: they wait, and the page shows them.
 *
 * @param levels where the model saw text.
 */
export function gatewayAwayForEdits(levels: () => string): (request: Request) => Promise<Response> {
  return async ({ url, method }) => {
    if (url.includes("/presence")) return Response.json({ cropped_frames_version: 1, track: 1, levels: levels() });
    if (method !== "GET" || url.includes("/events")) throw new TypeError("away");
    return Response.json({ captions: [...three().values()], tracks: [{}], frame_count: 100, start_seconds: 0 });
  };
}
