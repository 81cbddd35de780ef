/** What others changed, read when the events of a change have arrived. */

import type { Signal } from "@preact/signals";
import type { LiveEvent } from "../../api/events";
import { type Captions, withAnswer } from "../model/rows";
import type { Caption } from "../model/types";
import type { Outbox } from "./outbox";

/** Of more captions than this that others changed at once, the whole list is read again; the gateway's own limit. */
const MOST_IDS = 200;
/** Events of one change arrive together; this waits for them. */
const EVENT_PAUSE_MS = 120;

type Changed = Extract<LiveEvent, { kind: "captions.changed" }>["data"];

export interface Reader {
  /** Those of the captions that still exist. */
  some(ids: number[]): Promise<Caption[]>;
  all(): Promise<void>;
}

export class News {
  /** The versions that events name, by caption. */
  private readonly named = new Map<number, number>();
  private readAll = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly server: Signal<Captions>,
    private readonly outbox: Pick<Outbox, "idle" | "ownChanges">,
    private readonly reader: Reader,
  ) {}

  hear({ caption_ids, versions, removed_ids, change }: Changed): void {
    if (change != null && this.outbox.ownChanges.has(change)) return;
    // A change that names no caption is a change of all of them: the captions were just found.
    if (!caption_ids?.length && !removed_ids?.length) this.readAll = true;
    caption_ids?.forEach((id, index) => {
      this.named.set(id, versions?.[index] ?? Number.POSITIVE_INFINITY);
    });
    // What was removed is read with what changed around it: half a change would have the old versions.
    for (const id of removed_ids ?? []) if (this.server.value.has(id)) this.named.set(id, Number.POSITIVE_INFINITY);
    this.readSoon();
  }

  /** Anything may have changed. */
  hearAll(): void {
    this.readAll = true;
    this.readSoon();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private readSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read(), EVENT_PAUSE_MS);
  }

  private async read(): Promise<void> {
    // The events of an edit of this page arrive before or after its answer.
    await this.outbox.idle();
    const known = this.server.value;
    const ids = [...this.named].filter(([id, version]) => version > (known.get(id)?.version ?? 0)).map(([id]) => id);
    const all = this.readAll || ids.length > MOST_IDS;
    this.named.clear();
    this.readAll = false;
    if (all) return this.reader.all();
    if (ids.length === 0) return;
    let rows: Caption[];
    try {
      rows = await this.reader.some(ids);
    } catch {
      // What is shown is old until the next event, which reads all captions.
      this.readAll = true;
      return;
    }
    const there = new Set(rows.map((row) => row.id));
    const removed = ids.filter((id) => !there.has(id));
    this.server.value = withAnswer(this.server.value, { captions: rows, removed_ids: removed });
  }
}
