import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import { ProblemError, UnreachableError } from "../../api/problems";
import { caption, three } from "../model/captions.fixture";
import type { Edit } from "../model/pending";
import { type Captions, withAnswer } from "../model/rows";
import type { Caption, EditedCaptions } from "../model/types";
import { drawerAt } from "./drawer";
import { Outbox } from "./outbox";

class MemoryStore {
  private readonly items = new Map<string, string>();
  get length(): number {
    return this.items.size;
  }
  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

/** A gateway of one page: it applies updates of texts, and fails as the test says. */
class Gateway {
  captions: Captions = three();
  readonly sent: Edit[] = [];
  failures: ("before" | "after" | ProblemError)[] = [];

  async send(edit: Edit): Promise<EditedCaptions> {
    this.sent.push(edit);
    const failure = this.failures.shift();
    if (failure === "before") throw new UnreachableError("away");
    if (failure instanceof ProblemError) throw failure;
    const [operation] = edit.operations;
    if (operation?.op !== "update") throw new Error("This gateway only updates.");
    const row = this.captions.get(operation.caption) as Caption;
    if (row.version !== operation.version) throw new ProblemError(412, "caption_changed", "Changed.", null, [row]);
    const changed = { ...row, text: operation.text ?? row.text, version: row.version + 1 };
    const answer: EditedCaptions = { captions: [changed], removed_ids: [], change: this.sent.length, refs: {} };
    this.captions = withAnswer(this.captions, answer);
    if (failure === "after") throw new UnreachableError("cut off");
    return answer;
  }

  async read(): Promise<Captions> {
    return this.captions;
  }
}

function outboxOf(gateway: Gateway, store = new MemoryStore()): Outbox {
  return new Outbox(
    signal(three()),
    gateway,
    drawerAt("edits.me", store, (key) => key.startsWith("edits.") && key !== "edits.me"),
  );
}

async function drained(outbox: Outbox): Promise<void> {
  while (outbox.pending.value.length > 0 || outbox.state.value !== "saved") {
    outbox.start();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

const update = (id: number, text: string, version = 1) => [{ op: "update" as const, caption: id, version, text }];

test("edits are made one after the other, each with the version of the one before", async () => {
  const gateway = new Gateway();
  const outbox = outboxOf(gateway);
  outbox.add(update(1, "a"));
  outbox.add(update(1, "b"));
  outbox.add(update(2, "c"));
  await drained(outbox);
  expect([gateway.captions.get(1)?.text, gateway.captions.get(2)?.text]).toEqual(["b", "c"]);
  expect(outbox.conflicts.value).toEqual([]);
});

test("edits wait while the gateway is away, and are made when it is back", async () => {
  const gateway = new Gateway();
  gateway.failures = ["before", "before"];
  const outbox = outboxOf(gateway);
  outbox.add(update(1, "a"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(outbox.state.value).toBe("waiting");
  await drained(outbox);
  expect(gateway.captions.get(1)?.text).toBe("a");
});

test("an edit that was made although the answer was lost is not made twice", async () => {
  const gateway = new Gateway();
  gateway.failures = ["after"];
  const outbox = outboxOf(gateway);
  outbox.add(update(1, "a"));
  outbox.add(update(1, "b"));
  await drained(outbox);
  expect([gateway.captions.get(1)?.text, gateway.captions.get(1)?.version]).toEqual(["b", 3]);
  expect(outbox.conflicts.value).toEqual([]);
});

test("an edit of a caption that somebody else changed shows both texts, and the person decides", async () => {
  const gateway = new Gateway();
  gateway.captions = withAnswer(gateway.captions, {
    captions: [caption({ id: 1, start_frame: 10, end_frame: 29, version: 4, text: "theirs" })],
    removed_ids: [],
  });
  const outbox = outboxOf(gateway);
  outbox.add(update(1, "mine"));
  await drained(outbox);
  const [conflict] = outbox.conflicts.value;
  expect([conflict?.mine, conflict?.theirs?.text]).toEqual(["mine", "theirs"]);
  if (conflict !== undefined) outbox.insist(conflict);
  await drained(outbox);
  expect(gateway.captions.get(1)?.text).toBe("mine");
  expect(outbox.conflicts.value).toEqual([]);
});

test("a refusal is not repeated and keeps the text", async () => {
  const gateway = new Gateway();
  gateway.failures = [new ProblemError(409, "state_conflict", "A job finds the captions anew.")];
  const outbox = outboxOf(gateway);
  outbox.add(update(1, "mine"));
  await drained(outbox);
  expect(gateway.sent).toHaveLength(1);
  expect(outbox.conflicts.value[0]).toMatchObject({
    kind: "refused",
    mine: "mine",
    detail: "A job finds the captions anew.",
  });
});

test("the next page makes the edits that a closed one left", async () => {
  const gateway = new Gateway();
  const store = new MemoryStore();
  gateway.failures = ["before"];
  const closed = new Outbox(
    signal(three()),
    gateway,
    drawerAt("edits.closed", store, () => false),
  );
  closed.add(update(1, "kept"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  closed.stop();
  const next = outboxOf(gateway, store);
  expect(next.pending.value).toHaveLength(1);
  expect(store.getItem("edits.closed")).toBeNull();
  await drained(next);
  expect(gateway.captions.get(1)?.text).toBe("kept");
  expect(store.length).toBe(0);
});

test("an edit that was not sent yet is taken back without the gateway", () => {
  const outbox = outboxOf(new Gateway());
  outbox.stop();
  outbox.add(update(1, "a"));
  expect(outbox.dropLast()).toBe(true);
  expect(outbox.dropLast()).toBe(false);
});

test("captions that are made get different ids until the gateway gives one", () => {
  const outbox = outboxOf(new Gateway());
  expect([outbox.madeId(), outbox.madeId()]).toEqual([-1, -2]);
});

test("a text that was typed before the gateway gave a split its id goes to the caption of that id", async () => {
  const gateway = new Gateway();
  const outbox = outboxOf(gateway);
  const second = caption({ id: 9, start_frame: 20, end_frame: 29 });
  gateway.captions = withAnswer(gateway.captions, { captions: [second], removed_ids: [] });
  const send = gateway.send.bind(gateway);
  gateway.send = async (edit) =>
    edit.operations[0]?.op === "split"
      ? { captions: [second], removed_ids: [], change: null, refs: {} }
      : await send(edit);
  outbox.add([{ op: "split", caption: 1, version: 1, frame: 20, texts: ["a", "b"], made: -1 }]);
  await drained(outbox);
  outbox.add([{ op: "update", caption: -1, version: 0, text: "typed" }]);
  await drained(outbox);
  expect([gateway.captions.get(9)?.text, outbox.conflicts.value.length]).toEqual(["typed", 0]);
});

test("the edits of a video that was deleted are asked for no more", async () => {
  const gateway = new Gateway();
  const gone = new ProblemError(404, "not_found", "Gone.");
  gateway.failures = [gone];
  gateway.read = async () => Promise.reject(gone);
  const outbox = outboxOf(gateway);
  outbox.add(update(1, "late"));
  await drained(outbox);
  expect(gateway.sent).toHaveLength(1);
  expect(outbox.conflicts.value[0]).toMatchObject({ mine: "late", theirs: null });
});

test("an edit during an undo waits for the undo, and is made on what the undo gave", async () => {
  const gateway = new Gateway();
  const outbox = outboxOf(gateway);
  let answerUndo = () => {};
  const undone = outbox.inTurn(async () => {
    await new Promise<void>((resolve) => {
      answerUndo = resolve;
    });
    const row = { ...(gateway.captions.get(1) as Caption), text: "before", version: 2 };
    const answer: EditedCaptions = { captions: [row], removed_ids: [], change: 9, refs: {} };
    gateway.captions = withAnswer(gateway.captions, answer);
    return answer;
  });
  await Promise.resolve();
  expect(outbox.state.value).toBe("sending");
  outbox.add([{ op: "update", caption: 1, version: 1, state: "confirmed" }]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(gateway.sent).toHaveLength(0);
  answerUndo();
  expect(await undone).toBe("done");
  await drained(outbox);
  expect(gateway.sent.flatMap((edit) => edit.operations)).toMatchObject([{ caption: 1, version: 2 }]);
  expect(outbox.conflicts.value).toEqual([]);
  expect(outbox.ownChanges.has(9)).toBe(true);
});

test("an undo is not made while an edit before it waits for the gateway", async () => {
  const gateway = new Gateway();
  gateway.failures = ["before"];
  const outbox = outboxOf(gateway);
  outbox.add(update(1, "a"));
  expect(await outbox.inTurn(async () => Promise.reject(new Error("The undo was made.")))).toBe("waits");
  await drained(outbox);
  expect(gateway.captions.get(1)?.text).toBe("a");
});

test("an undo that fails does not hold edits up", async () => {
  const gateway = new Gateway();
  const outbox = outboxOf(gateway);
  const undone = outbox.inTurn(async () => Promise.reject(new UnreachableError("away")));
  outbox.add(update(1, "a"));
  await expect(undone).rejects.toThrow("away");
  await drained(outbox);
  expect(gateway.captions.get(1)?.text).toBe("a");
});
