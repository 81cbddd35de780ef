import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { three } from "../captions/model/captions.fixture";
import { byTime } from "../captions/model/rows";
import { gatewayAwayForEdits, stubBrowser } from "../captions/state/browser.fixture";
import { CaptionsStore } from "../captions/state/store";
import { FrameClock } from "./model/playhead";
import { Session } from "./session";

// The client of the API reads the address of the page when it is imported.
vi.hoisted(() => vi.stubGlobal("location", { origin: "http://gateway", pathname: "/console", search: "" }));

let session: Session;
/** Each test has its own video: a store with edits that wait outlives its view. */
let opened = 0;

/** Text was seen where the captions are, and from frame 85 to 89. */
const levels = Array.from({ length: 100 }, (_, frame) =>
  [...three().values()].some((row) => row.start_frame <= frame && frame <= row.end_frame) || (frame >= 85 && frame < 90)
    ? "9"
    : "0",
).join("");

async function begin(role?: string): Promise<void> {
  stubBrowser(
    gatewayAwayForEdits(() => levels),
    role,
  );
  const store = await CaptionsStore.open(`video-${++opened}`);
  await store.presence.load(1);
  session = new Session(store);
  session.resize(1000);
  session.playhead.attach(new FrameClock(session.extent.value, () => 0));
}

beforeEach(() => begin());
afterEach(() => {
  session.store.outbox.stop();
  session.store.close();
});

const extents = () => byTime(session.store.captions.value).map((row) => [row.start_frame, row.end_frame]);

test("the ends of the caption that is shown move, whichever was chosen", async () => {
  session.goTo(1.5);
  session.store.select(3);
  expect(await session.moveEndHere("start")).toBe("done");
  expect([extents()[0], session.store.selected.value]).toEqual([[15, 29], 1]);
  session.goTo(2.4);
  await session.moveEndHere("end");
  expect(extents()[0]).toEqual([15, 23]);
});

test("while no caption is shown, the one before ends there and the next one starts there", async () => {
  session.goTo(5.5);
  await session.moveEndHere("end");
  expect(extents()[1]).toEqual([30, 54]);
  session.goTo(5.8);
  await session.moveEndHere("start");
  expect(extents()[2]).toEqual([58, 79]);
});

test("a caption is added over the text that was seen, and nowhere else twice", () => {
  session.goTo(8.3);
  expect(session.addHere()).toBe("done");
  expect(extents()[3]).toEqual([85, 89]);
  session.goTo(8.6);
  expect(session.addHere()).toBe("impossible");
});

test("text without a caption is found, until it has one", () => {
  session.goToMissing();
  expect(session.playhead.seconds.value).toBeCloseTo(8.501, 6);
  session.addHere();
  expect(session.missing.value).toEqual([]);
});

test("a loop plays the caption that is shown, and ends", () => {
  session.goTo(3.5);
  session.toggleLoop();
  expect([session.playhead.loop.value, session.playhead.playing.value]).toEqual([{ start: 3, end: 5 }, true]);
  session.toggleLoop();
  expect(session.playhead.loop.value).toBeNull();
});

test("steps go to the beginnings of captions, and the timeline follows", () => {
  session.zoom(0.1);
  session.step(1);
  session.step(1);
  session.step(1);
  expect([session.playhead.seconds.value, session.store.selected.value]).toEqual([6.001, 3]);
  const x = (6.001 - session.range.value.start) / session.range.value.secondsPerPixel;
  expect(x >= 0 && x <= 1000).toBe(true);
  session.showAll();
  expect(session.range.value).toEqual({ start: 0, secondsPerPixel: 0.01 });
});

test("somebody who may only look changes nothing", async () => {
  session.store.outbox.stop();
  session.store.close();
  await begin("viewer");
  session.goTo(1.5);
  expect([await session.moveEndHere("start"), session.addHere()]).toEqual(["not allowed", "not allowed"]);
  session.moveEnd(1, "end", 2);
  expect(session.store.outbox.pending.value).toEqual([]);
});
