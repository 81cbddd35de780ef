/** What the parts of the watch view share: the captions, the play head, and the part of the video in sight. */

import { computed, type Signal, signal } from "@preact/signals";
import { hasRole } from "../app/session";
import { moveTo, moveToGrid } from "../captions/model/moves";
import { missing, placeIn } from "../captions/model/presence";
import { byTime, gapsOf, startSecondsOf } from "../captions/model/rows";
import type { Side } from "../captions/model/types";
import type { CaptionsStore } from "../captions/state/store";
import { Playhead } from "./model/playhead";
import { captionBeside, type Extent, type Range, showing, shownAt, whole, zoomed } from "./model/timeline";

/** What became of an edit at the play head. */
export type MoveResult = "done" | "not allowed" | "impossible";

export class Session {
  readonly playhead = new Playhead();
  readonly width = signal(0);
  readonly range: Signal<Range> = signal({ start: 0, secondsPerPixel: 1 });
  readonly sorted = computed(() => byTime(this.store.captions.value));
  readonly extent = computed<Extent>(() => {
    const { startSeconds, frameCount } = this.store.clock.value;
    return { start: startSeconds, end: startSeconds + frameCount / 10 };
  });
  /** The times at which the model saw text that no caption has. */
  readonly missing = computed(() => {
    const clock = this.store.clock.value;
    return this.tracks()
      .flatMap((track) =>
        missing(this.store.presence.of(track), gapsOf(this.store.captions.value, track, clock)).map(
          ({ start_frame }) => startSecondsOf(start_frame, clock) + 0.001,
        ),
      )
      .sort((a, b) => a - b);
  });
  readonly shown = computed(() => shownAt(this.sorted.value, this.playhead.seconds.value));

  constructor(readonly store: CaptionsStore) {}

  /** The timeline has another width; it begins with the whole video. */
  resize(width: number): void {
    const first = this.width.value === 0;
    this.width.value = width;
    this.range.value = first
      ? whole(this.extent.value, width)
      : zoomed(this.range.value, 1, 0, this.extent.value, width);
  }

  goTo(seconds: number): void {
    this.playhead.seek(seconds);
    this.follow();
    const caption = this.shown.value[0];
    if (caption !== undefined) this.store.select(caption.id);
  }

  step(direction: -1 | 1): void {
    const caption = captionBeside(this.sorted.value, this.playhead.seconds.value, direction);
    // A thousandth inside, since a seek to the very time may show the picture before.
    if (caption !== null) this.goTo(caption.start_seconds + 0.001);
  }

  /** Loop the caption under the play head, or end the loop. */
  toggleLoop(): void {
    const caption = this.shown.value[0] ?? captionBeside(this.sorted.value, this.playhead.seconds.value, 1);
    const { loop } = this.playhead;
    if (loop.value !== null || caption === null) loop.value = null;
    else {
      loop.value = { start: caption.start_seconds, end: caption.end_seconds };
      this.goTo(caption.start_seconds + 0.001);
      if (!this.playhead.playing.value) this.playhead.toggle();
    }
  }

  zoom(factor: number): void {
    const x = (this.playhead.seconds.value - this.range.value.start) / this.range.value.secondsPerPixel;
    const inSight = x >= 0 && x <= this.width.value ? x : this.width.value / 2;
    this.range.value = zoomed(this.range.value, factor, inSight, this.extent.value, this.width.value);
  }

  showAll(): void {
    this.range.value = whole(this.extent.value, this.width.value);
  }

  follow(): void {
    this.range.value = showing(this.range.value, this.playhead.seconds.value, this.extent.value, this.width.value);
  }

  /** Move an end of a caption to the frame of the grid at a time. */
  moveEnd(id: number, side: Side, seconds: number): void {
    const caption = this.store.captions.value.get(id);
    if (caption === undefined || !hasRole("annotator")) return;
    const fields = moveToGrid(this.store.captions.value, caption, side, seconds, this.store.clock.value);
    const own = side === "start" ? caption.start_frame : caption.end_frame;
    if (fields !== null && (fields.start_frame ?? fields.end_frame) !== own) this.store.update(caption, fields);
  }

  /**
   * Move an end of the caption that is shown to the play head, to the very picture. While none is shown, the
   * caption before ends there, or the next one starts there.
   */
  async moveEndHere(side: Side): Promise<MoveResult> {
    if (!hasRole("annotator")) return "not allowed";
    const shown = this.shown.value;
    const beside = captionBeside(this.sorted.value, this.playhead.seconds.value, side === "start" ? 1 : -1);
    const id = (shown.find((each) => each.id === this.store.selected.value) ?? shown[0] ?? beside)?.id;
    const seconds = await this.playhead.pictureSeconds();
    const captions = this.store.captions.value;
    const caption = id === undefined ? undefined : captions.get(id);
    const fields = caption && moveTo(captions, caption, side, seconds, this.store.clock.value);
    if (!caption || !fields) return "impossible";
    this.store.select(caption.id);
    this.store.update(caption, fields);
    return "done";
  }

  /** Add a caption where the play head stands in a gap: where the model saw text there, else for two seconds. */
  addHere(): MoveResult {
    if (!hasRole("annotator")) return "not allowed";
    const clock = this.store.clock.value;
    const frame = Math.floor((this.playhead.seconds.value - clock.startSeconds) * 10 + 1e-3);
    const found = this.tracks().flatMap((track) => {
      const gaps = gapsOf(this.store.captions.value, track, clock);
      const gap = gaps.find((each) => each.start_frame <= frame && frame <= each.end_frame);
      if (gap === undefined) return [];
      const levels = this.store.presence.of(track);
      return [{ track, place: placeIn(gap, levels, frame), level: Number(levels[frame] ?? 0) }];
    });
    // Of several places that are free, the one where the model saw text.
    const [best] = found.sort((a, b) => b.level - a.level);
    if (best === undefined) return "impossible";
    this.store.add(best.track, best.place);
    return "done";
  }

  /** Go to the next stretch with text and without a caption, and after the last one to the first. */
  goToMissing(): void {
    const now = this.playhead.seconds.value;
    const next = this.missing.value.find((seconds) => seconds > now + 0.002) ?? this.missing.value[0];
    if (next !== undefined) this.goTo(next);
  }

  private tracks(): number[] {
    return Array.from({ length: this.store.trackCount.value }, (_, index) => index + 1);
  }
}
