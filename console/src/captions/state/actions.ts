/** What a person does to the selected caption. The keys and the buttons call these. */

import { type Signal, signal } from "@preact/signals";
import { sentenceOf } from "../../api/problems";
import { hasRole } from "../../app/session";
import { toast } from "../../app/toasts";
import { gridMove, moveTo, splitFrame, splitTexts } from "../model/moves";
import { gapBeside, placeIn } from "../model/presence";
import { gapsOf, neighbours } from "../model/rows";
import type { Caption, CaptionFields, Side, TextStatus } from "../model/types";
import { pictureBeside } from "../pictures/native-times";
import { words } from "../words";
import type { TurnResult } from "./outbox";
import { requestFirstOcr, requestOcr } from "./requests";
import type { CaptionsStore } from "./store";

export class Actions {
  /** The end that the arrows move. */
  readonly side: Signal<Side> = signal("start");
  /** The player of the file, while one is shown. */
  player: HTMLVideoElement | null = null;
  /** The caption and the place of the cursor in its text, for a split. */
  cursor: { caption: number; at: number } | null = null;
  /** Whether the next text that is shown gets the cursor: that of a caption that was just added. */
  typesNext = false;
  /** Puts what is typed into the outbox, before something else happens to the caption. */
  commitText: () => void = () => {};
  private moving = Promise.resolve();
  /** Takes the offer to undo a deletion away, since "undo" takes back the latest change. */
  private dismissRemoved = () => {};

  constructor(private readonly store: CaptionsStore) {}

  /** Run `act` on the selected caption, with the typed text, if the person may edit. */
  private with(act: (caption: Caption) => void): void {
    if (!hasRole("annotator")) return void toast({ text: words().readOnly });
    this.commitText();
    this.dismissRemoved();
    const caption = this.store.current.value;
    if (caption !== null) act(caption);
  }

  confirmAndGoOn = (): void =>
    this.with((caption) => {
      if (caption.state !== "confirmed") this.store.update(caption, { state: "confirmed" });
      const before = this.store.selected.value;
      this.store.goOn();
      if (this.store.selected.value === before) this.sayAllConfirmed();
    });

  /** Nothing that is shown is left to check; a filter may hide more. */
  private sayAllConfirmed(): void {
    const hidden = this.store.captions.value.size - this.store.confirmedCount.value;
    if (hidden === 0) return void toast({ text: words().allConfirmed, tone: "good" });
    const showAll = () => {
      this.store.showAll();
      this.store.goOn();
    };
    toast({ text: words().shownConfirmed(hidden), action: { label: words().showAll, run: showAll } });
  }

  unconfirm = (): void => this.with((caption) => this.store.update(caption, { state: "predicted" }));

  judge = (status: TextStatus | null): void =>
    this.with((caption) => this.store.update(caption, { text_status: status }));

  /** @param version the version whose text the person saw. */
  setText(caption: Caption, text: string, version: number): void {
    if (text !== (caption.text ?? "")) this.store.update(caption, { text }, version);
  }

  setNotes = (notes: string): void =>
    this.with((caption) => {
      if (notes !== (caption.text_notes ?? "")) this.store.update(caption, { text_notes: notes === "" ? null : notes });
    });

  takeOcr = (): void => this.with((caption) => this.store.update(caption, { text: null }));

  switchSide = (): void => {
    this.side.value = this.side.value === "start" ? "end" : "start";
  };

  moveByGrid = (frames: number): void =>
    this.with((caption) => {
      const fields = gridMove(this.store.captions.value, caption, this.side.value, frames, this.store.clock.value);
      this.move(caption, fields);
    });

  /** Moves follow each other, since each begins where the one before ended. */
  moveByPicture = (direction: -1 | 1): void => {
    // The person may be at another caption before the moves that were asked for are made.
    const [id, side] = [this.store.selected.value, this.side.value];
    this.moving = this.moving.then(async () => {
      const caption = id === null ? undefined : this.store.captions.value.get(id);
      if (caption === undefined || !hasRole("annotator")) return;
      const now = side === "start" ? caption.start_seconds : caption.end_seconds;
      const time = this.player === null ? null : await pictureBeside(this.player, now, direction);
      if (time === null) return void toast({ text: this.player === null ? words().noFile : words().noNative });
      const present = this.store.captions.value.get(caption.id) ?? caption;
      this.move(present, moveTo(this.store.captions.value, present, side, time, this.store.clock.value));
    });
  };

  private move(caption: Caption, fields: CaptionFields | null): void {
    if (fields === null) toast({ text: words().cannotMove, lasts: 3000 });
    else {
      this.dismissRemoved();
      this.store.update(caption, fields);
    }
  }

  split = (): void => {
    const cursor = this.cursor;
    this.with((caption) => {
      const frame = splitFrame(caption, this.player?.currentTime ?? null, this.store.clock.value);
      if (frame === null) return void toast({ text: words().cannotSplit });
      const texts = splitTexts(caption.text ?? "", cursor?.caption === caption.id ? cursor.at : null);
      const { id, version } = caption;
      this.store.edit([{ op: "split", caption: id, version, frame, texts, made: this.store.outbox.madeId() }]);
    });
  };

  merge = (side: "before" | "after"): void =>
    this.with((caption) => {
      const other = neighbours(this.store.captions.value, caption)[side];
      if (other === null) return void toast({ text: words().cannotMerge });
      const { id, version } = caption;
      this.store.edit([{ op: "merge", caption: id, version, other: other.id, otherVersion: other.version }]);
    });

  /** Add a caption into the gap beside the selected one; without captions, into the first gap of the first place. */
  addBeside = async (side: "before" | "after"): Promise<void> => {
    if (!hasRole("annotator")) return void toast({ text: words().readOnly });
    this.commitText();
    const track = this.store.current.value?.track ?? this.store.track.value ?? 1;
    await this.store.presence.load(track);
    const caption = this.store.current.value;
    const gaps = gapsOf(this.store.captions.value, track, this.store.clock.value);
    const gap = caption === null ? gaps[0] : gapBeside(gaps, caption, side);
    if (gap == null) return void toast({ text: side === "after" ? words().noGapAfter : words().noGapBefore });
    this.dismissRemoved();
    const near = side === "after" ? gap.start_frame : gap.end_frame;
    this.typesNext = true;
    this.store.add(track, placeIn(gap, this.store.presence.of(track), near));
  };

  remove = (): void =>
    this.with((caption) => {
      const ids = this.store.list.value;
      const at = ids.indexOf(caption.id);
      this.store.edit([{ op: "delete", caption: caption.id, version: caption.version }]);
      this.store.selected.value = ids[at + 1] ?? ids[at - 1] ?? null;
      this.dismissRemoved = toast({ text: words().removed, action: { label: words().undo, run: this.undo } });
    });

  undo = (): void => void this.turn(this.store.undo(), words().nothingToUndo);

  redo = (): void => void this.turn(this.store.redo(), words().nothingToRedo);

  private async turn(result: Promise<TurnResult>, nothing: string): Promise<void> {
    this.dismissRemoved();
    try {
      const done = await result;
      if (done !== "done") toast({ text: done === "waits" ? words().undoWaits : nothing });
    } catch (error) {
      toast({ text: sentenceOf(error), tone: "bad" });
    }
  }

  /** Read the text of the chosen captions again, else that of the selected one. */
  readAgain = async (): Promise<void> => {
    const chosen = this.store.chosen.value;
    const selected = this.store.selected.value;
    const ids = (chosen.size > 0 ? [...chosen] : selected === null ? [] : [selected]).filter((id) => id > 0);
    if (ids.length === 0) return;
    try {
      await requestOcr(this.store.videoId, ids);
      toast({ text: words().reading(ids.length) });
    } catch (error) {
      toast({ text: sentenceOf(error), tone: "bad" });
    }
  };

  /** Ask for the texts of a video whose captions were just found; nobody has asked for them yet. */
  readFirst = async (): Promise<void> => {
    if (!this.store.unread.value || !hasRole("annotator")) return;
    try {
      await requestFirstOcr(this.store.videoId);
      toast({ text: words().readingFirst });
    } catch {
      // The person can ask for it.
    }
  };

  /** Play the selected caption once, or stop it. */
  play = (): void => {
    const caption = this.store.current.value;
    if (this.player === null || caption === null) return;
    if (this.player.paused) {
      this.player.currentTime = caption.start_seconds;
      void this.player.play().catch(() => {});
    } else this.player.pause();
  };
}
