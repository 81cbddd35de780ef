/**
 * Sends edits one after the other, and keeps them in the browser until the gateway has them.
 *
 * A gateway that is away or busy is asked again; the edits wait, also over a reload. An edit that
 * is refused becomes a conflict, which keeps what the person typed until the person decides.
 */

import { batch, effect, type Signal, signal } from "@preact/signals";
import { ProblemError } from "../../api/problems";
import { randomId } from "../../parts/random-id";
import {
  type Conflict,
  type Edit,
  enqueued,
  insisted,
  isDone,
  madeIds,
  namedBy,
  rebased,
  refused,
} from "../model/pending";
import { type Captions, withAnswer } from "../model/rows";
import type { EditedCaptions, Operation } from "../model/types";
import type { Drawer } from "./drawer";

export interface Transport {
  send(edit: Edit): Promise<EditedCaptions>;
  /** All captions as they are now. */
  read(): Promise<Captions>;
}

export type SavingState = "saved" | "sending" | "waiting";

/** What became of a change that is no edit, such as an undo. "waits": an edit before it cannot be made now. */
export type TurnResult = "done" | "nothing" | "waits";

/** A change that is no edit, until the turn comes to it. */
interface Turn {
  /** Make the change, and hand its answer to `take`. */
  make(take: (answer: EditedCaptions) => void): Promise<void>;
  /** Do not make it: an edit before it waits. */
  leave(): void;
}

type Answer = Pick<EditedCaptions, "captions" | "removed_ids" | "change">;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** Refusals that no repetition mends. 401 is not among them: the person signs in, and the edit goes on. */
const FINAL = new Set([400, 403, 404, 409, 412, 413, 422, 428]);

export class Outbox {
  readonly pending: Signal<readonly Edit[]>;
  readonly conflicts: Signal<readonly Conflict[]>;
  readonly state = signal<SavingState>("saved");
  /** Changes of the history that this page made, whose events are no news to it. */
  readonly ownChanges = new Set<number>();
  /** Hears the ids that the gateway gave to captions that this page made. */
  onRenamed: (ids: ReadonlyMap<number, number>) => void = () => {};
  /** The ids that the gateway gave to captions that this page made, by those that the page had given. */
  private readonly renamed = new Map<number, number>();
  private running: Promise<void> | null = null;
  private wake: () => void = () => {};
  private stopped = false;
  private lastMade = 0;
  private turns: Turn[] = [];

  constructor(
    private readonly server: Signal<Captions>,
    private readonly transport: Transport,
    private readonly drawer: Drawer,
  ) {
    const kept = drawer.read();
    this.pending = signal(kept.pending);
    this.conflicts = signal(kept.conflicts);
  }

  add(operations: Operation[]): void {
    this.put(enqueued(this.pending.value, this.named({ key: randomId(), operations })));
    this.start();
  }

  /** The edit with the gateway's ids of captions that got one while the person was still typing. */
  private named(edit: Edit): Edit {
    const ids = edit.operations.flatMap(namedBy).flatMap((id) => this.renamed.get(id) ?? []);
    const captions = ids.flatMap((id) => this.server.value.get(id) ?? []);
    return ids.length === 0 ? edit : (rebased([edit], this.renamed, { captions })[0] ?? edit);
  }

  /** An id for a caption that an edit makes, until the gateway gives one. */
  madeId(): number {
    const used = this.pending.value.flatMap((edit) => edit.operations).map((each) => ("made" in each ? each.made : 0));
    this.lastMade = Math.min(this.lastMade, ...used) - 1;
    return this.lastMade;
  }

  /** The id that a caption had first on this page; it stays while the gateway gives the caption its own. */
  firstId(id: number): number {
    for (const [made, given] of this.renamed) if (given === id) return made;
    return id;
  }

  /** Take back the last edit if it was not sent yet; return whether it was. */
  dropLast(): boolean {
    const last = this.pending.value.at(-1);
    if (last === undefined || last.sent) return false;
    this.put(this.pending.value.slice(0, -1));
    return true;
  }

  /**
   * Make a change that is no edit, such as an undo, after the edit that is being sent and before all that
   * follow. Edits that follow wait, and go on with the versions that the change gives: else the person would
   * be told that somebody else had changed the captions.
   *
   * @param make asks the gateway; null: there is nothing to change.
   */
  inTurn(make: () => Promise<EditedCaptions | null>): Promise<TurnResult> {
    if (this.stopped) return Promise.resolve("waits");
    return new Promise((resolve, reject) => {
      this.turns.push({
        make: async (take) => {
          try {
            const answer = await make();
            if (answer !== null) take(answer);
            resolve(answer === null ? "nothing" : "done");
          } catch (error) {
            reject(error);
          }
        },
        leave: () => resolve("waits"),
      });
      this.start();
    });
  }

  /** Send what waits now, for example because the machine is online again. */
  start(): void {
    if (this.stopped) return;
    this.wake();
    this.running ??= this.run().finally(() => {
      this.running = null;
      if (this.pending.value.length > 0 || this.turns.length > 0) this.start();
    });
  }

  stop(): void {
    this.stopped = true;
    this.leaveTurns();
    this.wake();
  }

  /** Resolves when nothing is being sent. */
  async idle(): Promise<void> {
    await this.running;
  }

  /** Resolves when no edit waits: each one is made or refused. */
  async drained(): Promise<void> {
    let end = () => {};
    await new Promise<void>((resolve) => {
      end = effect(() => {
        if (this.pending.value.length === 0) resolve();
      });
    });
    end();
  }

  /** Make the edits of a conflict all the same. */
  insist(conflict: Conflict): void {
    const again = insisted(conflict, this.server.value);
    this.put([...this.pending.value, ...again], this.without(conflict));
    this.start();
  }

  /** Leave the captions as they are. */
  giveUp(conflict: Conflict): void {
    this.put(this.pending.value, this.without(conflict));
  }

  private without(conflict: Conflict): Conflict[] {
    return this.conflicts.value.filter((each) => each !== conflict);
  }

  private put(pending: readonly Edit[], conflicts: readonly Conflict[] = this.conflicts.value): void {
    batch(() => {
      this.pending.value = pending;
      this.conflicts.value = conflicts;
    });
    this.drawer.write({ pending: [...pending], conflicts: [...conflicts] });
  }

  private async run(): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    while (!this.stopped) {
      const [edit] = this.pending.value;
      // An edit that was sent before is finished first: the change was asked for later.
      const turn = edit?.sent ? undefined : this.turns.shift();
      if (turn !== undefined) {
        this.state.value = "sending";
        await turn.make((answer) => this.takeIn(answer, new Map(), this.pending.value));
        continue;
      }
      if (edit === undefined) break;
      this.put(this.pending.value.map((each) => (each === edit ? { ...edit, sent: true } : each)));
      if (this.state.value === "saved") this.state.value = "sending";
      try {
        this.acknowledge(edit, await this.transport.send(edit));
        waitMs = FIRST_WAIT_MS;
        this.state.value = "sending";
      } catch (error) {
        if (await this.settled(edit, error)) continue;
        this.state.value = "waiting";
        this.leaveTurns();
        await this.pause(
          error instanceof ProblemError && error.retryAfterS !== null ? error.retryAfterS * 1000 : waitMs,
        );
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      }
    }
    if (!this.stopped) this.state.value = "saved";
  }

  private leaveTurns(): void {
    for (const turn of this.turns.splice(0)) turn.leave();
  }

  private acknowledge(edit: Edit, answer: Answer): void {
    const ids = madeIds(edit, answer);
    for (const [made, id] of ids) this.renamed.set(made, id);
    this.takeIn(answer, ids, this.pending.value.slice(1));
  }

  /** Show what the gateway made; the edits that are left build on it. */
  private takeIn(answer: Answer, ids: ReadonlyMap<number, number>, rest: readonly Edit[]): void {
    if (answer.change !== null) this.ownChanges.add(answer.change);
    batch(() => {
      this.server.value = withAnswer(this.server.value, answer);
      this.put(rebased(rest, ids, answer));
      if (ids.size > 0) this.onRenamed(ids);
    });
  }

  /** Whether a failed edit left the list: it was refused, or made before its answer was lost. */
  private async settled(edit: Edit, error: unknown): Promise<boolean> {
    if (!(error instanceof ProblemError) || !FINAL.has(error.status)) return false;
    let present: Captions;
    try {
      present = await this.transport.read();
    } catch (unread) {
      // The edits of a video that was deleted cannot be made; in all other cases, ask again.
      if (!(unread instanceof ProblemError && unread.status === 404)) return false;
      present = new Map();
    }
    const now = [...present.values()];
    batch(() => {
      this.server.value = present;
      if (isDone(edit, present)) {
        this.acknowledge(edit, { captions: now, removed_ids: [], change: null });
        return;
      }
      const kind = error.status === 412 || error.status === 404 ? "changed" : "refused";
      const named = edit.operations.flatMap((each) => ("caption" in each ? [each.caption] : []));
      const rows = error.captions.length > 0 ? error.captions : now.filter((row) => named.includes(row.id));
      const { conflict, rest } = refused(this.pending.value, kind, error.detail, rows);
      this.put(rest, [...this.conflicts.value, conflict]);
    });
    return true;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
