/** The captions of a video as a person sees and edits them; what the views of captions share. */

import { batch, computed, type Signal, signal } from "@preact/signals";
import { type LiveEvent, listen } from "../../api/events";
import { UnreachableError } from "../../api/problems";
import { videoRatio } from "../../api/video";
import { signedIn } from "../../app/session";
import { doubts, kept, nextOpen, type Order, ordered } from "../model/order";
import { view } from "../model/pending";
import type { Stretch } from "../model/presence";
import { matching } from "../model/proposals";
import { ratioOf, USUAL_RATIO } from "../model/ratios";
import { type Captions, captionsOf } from "../model/rows";
import type { Caption, CaptionFields, CaptionList, Clock, Operation } from "../model/types";
import { toRedo, toUndo } from "../model/undo";
import { FrameSource } from "../pictures/frame-source";
import { type OpenDrawer, openDrawer } from "./drawer";
import { News } from "./news";
import { Outbox, type TurnResult } from "./outbox";
import { Presence } from "./presence";
import { fetchCaptions, fetchHistory, fetchPresence, fetchSome, sendEdit, undoChange } from "./requests";

/** Stores whose view was left. They send the edits that wait; the next view of the video gets its store back. */
const left = new Map<string, CaptionsStore>();
const leftKey = (videoId: string, userId: string) => `${userId}/${videoId}`;

export class CaptionsStore {
  readonly videoId: string;
  readonly frames: FrameSource;
  readonly presence: Presence;
  readonly clock: Signal<Clock> = signal({ startSeconds: 0, frameCount: 0 });
  readonly tracks: Signal<CaptionList["tracks"]> = signal([]);
  readonly trackCount = computed(() => Math.max(1, this.tracks.value.length));
  /** Width per height of the video. */
  readonly ratio = signal(USUAL_RATIO);
  readonly server: Signal<Captions> = signal(new Map());
  readonly loaded = signal(false);
  /** Why the captions cannot be shown. */
  readonly problem = signal<unknown>(null);
  readonly order = signal<Order>("doubt");
  readonly filter = signal("");
  /** The track whose captions are shown; null: all. */
  readonly track = signal<number | null>(null);
  readonly selected = signal<number | null>(null);
  /** More captions that are chosen, for example to be read again. */
  readonly chosen = signal<ReadonlySet<number>>(new Set());
  readonly outbox: Outbox;
  private readonly ids = signal<readonly number[]>([]);
  private etag: string | null = null;
  private stopListening = () => {};
  private readonly news: News;

  readonly captions = computed(() => view(this.server.value, this.outbox.pending.value, this.clock.value));
  readonly doubts = computed(() => doubts(this.captions.value));
  readonly list = computed(() => {
    const captions = this.captions.value;
    const ids = kept(this.ids.value, captions);
    const shown = this.filter.value === "" ? ids : matching(ids, captions, this.filter.value);
    return this.track.value === null ? shown : shown.filter((id) => captions.get(id)?.track === this.track.value);
  });
  readonly current = computed(() =>
    this.selected.value === null ? null : (this.captions.value.get(this.selected.value) ?? null),
  );
  /** Whether there are captions, and nobody has asked for the text of any. */
  readonly unread = computed(() => {
    const rows = [...this.captions.value.values()];
    return rows.length > 0 && rows.every((row) => row.text === null && row.caption_ocr_status === null);
  });
  readonly confirmedCount = computed(
    () => [...this.captions.value.values()].filter((each) => each.state === "confirmed").length,
  );
  /** The ids of the captions with edits that the gateway does not have yet. */
  readonly unsaved = computed(
    () =>
      new Set(
        this.outbox.pending.value
          .flatMap((edit) => edit.operations)
          .map((each) => ("caption" in each ? each.caption : each.made)),
      ),
  );

  private constructor(
    videoId: string,
    private readonly userId: string,
    private readonly drawer: OpenDrawer,
  ) {
    this.videoId = videoId;
    this.frames = new FrameSource(videoId);
    this.presence = new Presence((track) => fetchPresence(videoId, track));
    this.outbox = new Outbox(
      this.server,
      {
        send: async (edit) => {
          // Another person may have signed in meanwhile; the edits wait for the one who made them.
          if ((signedIn.peek()?.userId ?? "") !== userId) throw new UnreachableError("Its author is not signed in.");
          return sendEdit(videoId, edit);
        },
        read: async () => {
          this.etag = null;
          return captionsOf((await fetchCaptions(videoId, null))?.list.captions ?? []);
        },
      },
      drawer,
    );
    this.news = new News(this.server, this.outbox, {
      some: (ids) => fetchSome(videoId, ids),
      all: () => this.load(),
    });
    this.outbox.onRenamed = (ids) => this.rename(ids);
  }

  /** Open the captions of a video, and read them. */
  static async open(videoId: string): Promise<CaptionsStore> {
    const userId = signedIn.peek()?.userId ?? "";
    const before = left.get(leftKey(videoId, userId));
    left.delete(leftKey(videoId, userId));
    const drawer = before?.drawer ?? (await openDrawer(videoId, userId, localStorage, navigator.locks));
    const store = before ?? new CaptionsStore(videoId, userId, drawer);
    store.stopListening = listen({ event: (event) => store.hear(event), snapshot: () => store.news.hearAll() });
    addEventListener("online", store.sendNow);
    // The captions do not wait for the ratio, which is nearly always the usual one.
    void store.loadRatio();
    await store.load();
    store.outbox.start();
    return store;
  }

  /** The view is left. Edits that wait are sent all the same, while the person looks at other pages. */
  close(): void {
    this.stopListening();
    this.news.stop();
    this.frames.clear();
    batch(() => {
      this.filter.value = "";
      this.track.value = null;
      this.chosen.value = new Set();
    });
    left.set(leftKey(this.videoId, this.userId), this);
    void this.endWhenDrained();
  }

  private async endWhenDrained(): Promise<void> {
    // A field that leaves the page with the view gives its text to the outbox after `close`, in the same turn.
    await null;
    await this.outbox.drained();
    // Another view of the video may have got the store back meanwhile.
    const key = leftKey(this.videoId, this.userId);
    if (left.get(key) !== this) return;
    left.delete(key);
    removeEventListener("online", this.sendNow);
    this.outbox.stop();
    this.drawer.close();
  }

  private readonly sendNow = () => this.outbox.start();

  /** Read all captions, unless those that are shown are still true. */
  async load(): Promise<void> {
    try {
      const before = this.server.value;
      const answer = await fetchCaptions(this.videoId, this.etag);
      if (answer === null) return;
      // An edit was acknowledged meanwhile, and the answer may be older than the edit.
      if (this.loaded.value && this.server.value !== before) return this.news.hearAll();
      const { list, etag } = answer;
      batch(() => {
        this.etag = etag;
        this.clock.value = { startSeconds: list.start_seconds ?? 0, frameCount: list.frame_count };
        this.tracks.value = list.tracks;
        this.server.value = captionsOf(list.captions);
        this.problem.value = null;
        if (this.ids.value.length === 0) this.sort(this.order.value);
        this.loaded.value = true;
        this.selected.value = this.current.value?.id ?? this.list.value[0] ?? null;
      });
    } catch (error) {
      // What is shown stays while the gateway is away.
      if (!this.loaded.value) this.problem.value = error;
    }
  }

  private async loadRatio(): Promise<void> {
    try {
      this.ratio.value = (await videoRatio(this.videoId)) ?? USUAL_RATIO;
    } catch {
      // The captions are shown all the same.
    }
  }

  /** Width per height of the cropped frames of a track. */
  ratioOf(track: number): number {
    const known = this.frames.ratios.value.get(track);
    const found = this.tracks.value[track - 1];
    // The crop stage takes whole pairs of pixels, so a picture is a little larger than its region.
    return known ?? (found === undefined ? this.ratio.value : ratioOf(found, this.ratio.value));
  }

  select(id: number): void {
    batch(() => {
      this.selected.value = id;
      this.chosen.value = new Set();
    });
  }

  /** Choose one more caption, or all from the selected one to it; a second time takes it out. */
  choose(id: number, range: boolean): void {
    const chosen = new Set(this.chosen.value);
    if (this.selected.value !== null) chosen.add(this.selected.value);
    if (range && this.selected.value !== null) {
      const [from, to] = [this.list.value.indexOf(this.selected.value), this.list.value.indexOf(id)];
      for (const each of this.list.value.slice(Math.min(from, to), Math.max(from, to) + 1)) chosen.add(each);
    } else if (chosen.has(id)) chosen.delete(id);
    else chosen.add(id);
    this.chosen.value = chosen;
  }

  sort(order: Order): void {
    batch(() => {
      this.order.value = order;
      this.ids.value = ordered(this.captions.value, order, this.doubts.value);
    });
  }

  /** Show the captions of all places, whatever their text. */
  showAll(): void {
    batch(() => {
      this.filter.value = "";
      this.track.value = null;
    });
  }

  edit(operations: Operation[]): void {
    this.outbox.add(operations);
  }

  update(caption: Caption, fields: CaptionFields, version = caption.version): void {
    this.edit([{ op: "update", caption: caption.id, version, ...fields }]);
  }

  /** Add a caption without a text, and choose it. The place must be in a gap. */
  add(track: number, { start_frame, end_frame }: Stretch): void {
    const made = this.outbox.madeId();
    this.edit([{ op: "add", track, start_frame, end_frame, text: null, state: "predicted", made }]);
    batch(() => {
      // A filter by text would hide it.
      this.filter.value = "";
      this.select(made);
    });
  }

  /** Choose the next caption that nobody has confirmed. */
  goOn(): void {
    const next = nextOpen(this.list.value, this.captions.value, this.selected.value);
    if (next !== null) this.selected.value = next;
  }

  step(by: number): void {
    const ids = this.list.value;
    const at = this.selected.value === null ? -1 : ids.indexOf(this.selected.value);
    this.selected.value = ids[Math.max(0, Math.min(ids.length - 1, at + by))] ?? null;
  }

  /** Take back the latest change of this person: one that waits, else one of the history. */
  async undo(): Promise<TurnResult> {
    if (this.outbox.dropLast()) return "done";
    return this.turn(toUndo);
  }

  async redo(): Promise<TurnResult> {
    return this.turn(toRedo);
  }

  private async turn(choose: typeof toUndo): Promise<TurnResult> {
    const before = this.selected.value;
    return this.outbox.inTurn(async () => {
      const number = choose(await fetchHistory(this.videoId), signedIn.value?.userId ?? null);
      if (number === null) return null;
      const answer = await undoChange(this.videoId, number);
      const shown = answer.captions.find((row) => row.state !== "gap");
      // A person who went on meanwhile stays there.
      if (shown !== undefined && this.selected.value === before) this.selected.value = shown.id;
      return answer;
    });
  }

  private rename(ids: ReadonlyMap<number, number>): void {
    const named = (id: number): number => ids.get(id) ?? id;
    this.ids.value = this.ids.value.map(named);
    if (this.selected.value !== null) this.selected.value = named(this.selected.value);
  }

  private hear(event: LiveEvent): void {
    if (event.video_id !== this.videoId) return;
    if (event.kind === "captions.replaced") {
      this.frames.clear();
      this.presence.clear();
      this.etag = null;
      this.news.hearAll();
    } else if (event.kind === "captions.changed") this.news.hear(event.data);
  }
}
