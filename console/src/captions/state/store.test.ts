import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { caption } from "../model/captions.fixture";
import { type Locks, stubBrowser } from "./browser.fixture";
import { CaptionsStore } from "./store";

// The client of the API reads the address of the page when it is imported.
vi.hoisted(() => vi.stubGlobal("location", { origin: "http://gateway", pathname: "/console", search: "" }));

const row = caption({ id: 1, start_frame: 10, end_frame: 29 });
let gatewayIsAway = false;
let texts: string[] = [];
let locks: Locks;

async function answer(request: Request): Promise<Response> {
  if (gatewayIsAway) throw new TypeError("away");
  if (request.method === "GET")
    return Response.json({ captions: [row], tracks: [{}], frame_count: 100, start_seconds: 0 });
  const { text } = await request.json();
  texts.push(text);
  return Response.json({
    captions: [{ ...row, text, version: row.version + 1 }],
    removed_ids: [],
    change: 7,
    refs: {},
  });
}

beforeEach(() => {
  gatewayIsAway = false;
  texts = [];
  locks = stubBrowser(answer);
});
afterEach(() => vi.unstubAllGlobals());

test("an edit that waits when its view is left is sent, and the next view gets it back", async () => {
  const store = await CaptionsStore.open("video-1");
  gatewayIsAway = true;
  store.close();
  // A field that leaves the page with its view gives its text after the view is closed.
  store.update(row, { text: "typed" });
  await vi.waitFor(() => expect(store.outbox.state.value).toBe("waiting"));

  const again = await CaptionsStore.open("video-1");
  expect(again.captions.value.get(1)?.text).toBe("typed");
  again.close();
  gatewayIsAway = false;
  again.outbox.start();
  await vi.waitFor(() => expect(texts).toEqual(["typed"]));
  // The drawer is free for the next view when nothing is left to send.
  await vi.waitFor(() => expect([localStorage.length, locks.held.size]).toEqual([0, 0]));
});
