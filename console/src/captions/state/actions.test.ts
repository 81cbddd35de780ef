import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toasts } from "../../app/toasts";
import { three } from "../model/captions.fixture";
import { byTime } from "../model/rows";
import { words } from "../words";
import { Actions } from "./actions";
import { gatewayAwayForEdits, stubBrowser } from "./browser.fixture";
import { CaptionsStore } from "./store";

// The client of the API reads the address of the page when it is imported.
vi.hoisted(() => vi.stubGlobal("location", { origin: "http://gateway", pathname: "/console", search: "" }));

let store: CaptionsStore;
let actions: Actions;
/** Where the model saw text; the gateway gives it. */
let levels: string;

/** Each test has its own video: a store with edits that wait outlives its view. */
let opened = 0;

async function begin(role?: string): Promise<void> {
  stubBrowser(
    gatewayAwayForEdits(() => levels),
    role,
  );
  store = await CaptionsStore.open(`video-${++opened}`);
  store.sort("time");
  store.select(1);
  actions = new Actions(store);
}

beforeEach(async () => {
  levels = "";
  toasts.value = [];
  await begin();
});
afterEach(() => {
  store.outbox.stop();
  store.close();
});

const extents = () => byTime(store.captions.value).map((row) => [row.start_frame, row.end_frame]);
const said = () => toasts.value.map((each) => each.text);

test("a caption is confirmed, and the next one is chosen", () => {
  actions.confirmAndGoOn();
  expect([store.captions.value.get(1)?.state, store.selected.value]).toEqual(["confirmed", 2]);
});

test("what is typed is kept before the caption is confirmed", () => {
  const caption = store.current.value;
  if (caption === null) throw new Error("No caption is chosen.");
  actions.commitText = () => actions.setText(caption, "typed", caption.version);
  actions.confirmAndGoOn();
  expect(store.captions.value.get(1)).toMatchObject({ text: "typed", state: "confirmed" });
});

test("a filter that hides captions is not taken for all of them", () => {
  store.filter.value = "text 1";
  actions.confirmAndGoOn();
  expect(said()).toEqual([words().shownConfirmed(2)]);
  toasts.value[0]?.action?.run();
  expect([store.filter.value, store.selected.value]).toEqual(["", 2]);
});

test("an end moves, and says why it cannot move further", () => {
  actions.moveByGrid(2);
  actions.side.value = "end";
  actions.moveByGrid(-2);
  expect(extents()[0]).toEqual([12, 27]);
  actions.moveByGrid(-20);
  expect([extents()[0], said()]).toEqual([[12, 27], [words().cannotMove]]);
});

test("without a player, an end does not move by a picture of the file", async () => {
  actions.moveByPicture(1);
  await vi.waitFor(() => expect(said()).toEqual([words().noFile]));
  expect(extents()[0]).toEqual([10, 29]);
});

test("a caption is split at the cursor and merged again", () => {
  actions.cursor = { caption: 1, at: 4 };
  actions.split();
  const parts = byTime(store.captions.value).slice(0, 2);
  expect(parts.map((row) => row.text)).toEqual(["text", "1"]);
  actions.merge("after");
  expect(extents()).toEqual([...three().values()].map((row) => [row.start_frame, row.end_frame]));
});

test("a caption is added where text was seen in the gap, and its text gets the cursor", async () => {
  levels = "0".repeat(52) + "9".repeat(5) + "0".repeat(43);
  store.select(2);
  await actions.addBeside("after");
  expect(extents()[2]).toEqual([52, 56]);
  expect([store.current.value?.start_frame, store.current.value?.text, actions.typesNext]).toEqual([52, null, true]);
});

test("a caption is not added where another one follows at once", async () => {
  await actions.addBeside("after");
  expect([store.captions.value.size, said()]).toEqual([3, [words().noGapAfter]]);
  await actions.addBeside("before");
  expect(extents()[0]).toEqual([0, 9]);
});

test("a deleted caption gives the choice to the next one, and can be had back", () => {
  actions.remove();
  expect([store.captions.value.has(1), store.selected.value]).toEqual([false, 2]);
  expect(toasts.value[0]).toMatchObject({ text: words().removed, action: { label: words().undo } });
});

test("somebody who may only look changes nothing", async () => {
  store.outbox.stop();
  store.close();
  await begin("viewer");
  actions.confirmAndGoOn();
  actions.remove();
  await actions.addBeside("before");
  expect([store.captions.value.size, store.outbox.pending.value.length]).toEqual([3, 0]);
  expect(said()).toEqual([words().readOnly]);
});
