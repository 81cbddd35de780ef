/** Where the video is, and whether it plays; the file and its frames are played alike. */

import { type Signal, signal } from "@preact/signals";
import { FRAMES_PER_SECOND } from "../../captions/model/types";

/** What plays: the file, or the cropped frames. */
export interface Source {
  readonly seconds: number;
  readonly playing: boolean;
  play(): void;
  stop(): void;
  seek(seconds: number): void;
  /** The time at which the picture that is shown begins; a player stands somewhere within the picture. */
  pictureSeconds(): Promise<number>;
}

export interface Loop {
  start: number;
  end: number;
}

export class Playhead {
  readonly seconds: Signal<number> = signal(0);
  readonly playing = signal(false);
  /** The stretch that is played over and over. */
  readonly loop: Signal<Loop | null> = signal(null);
  private source: Source | null = null;

  async pictureSeconds(): Promise<number> {
    return (await this.source?.pictureSeconds()) ?? this.seconds.value;
  }

  attach(source: Source | null): void {
    // Another source goes on where the last one was.
    if (source !== null && this.seconds.value > 0) source.seek(this.seconds.value);
    this.source = source;
  }

  /** Take over the position of the source; called for each picture. */
  tick(): void {
    if (this.source === null) return;
    const { seconds, playing } = this.source;
    const loop = this.loop.value;
    if (loop !== null && playing && (seconds >= loop.end || seconds < loop.start - 0.5)) this.source.seek(loop.start);
    this.seconds.value = this.source.seconds;
    this.playing.value = playing;
  }

  toggle(): void {
    if (this.source?.playing) this.source.stop();
    else this.source?.play();
    this.tick();
  }

  seek(seconds: number): void {
    this.source?.seek(Math.max(0, seconds));
    this.seconds.value = Math.max(0, seconds);
  }
}

/** Plays the frames of the grid by a clock of its own. */
export class FrameClock implements Source {
  private base = 0;
  private since: number | null = null;

  /** @param now milliseconds of a clock that never goes back. */
  constructor(
    private readonly extent: { start: number; end: number },
    private readonly now: () => number,
  ) {
    this.base = extent.start;
  }

  get seconds(): number {
    const passed = this.since === null ? 0 : (this.now() - this.since) / 1000;
    return Math.min(this.extent.end, this.base + passed);
  }

  async pictureSeconds(): Promise<number> {
    const { start } = this.extent;
    return start + Math.floor((this.seconds - start) * FRAMES_PER_SECOND + 1e-3) / FRAMES_PER_SECOND;
  }

  get playing(): boolean {
    return this.since !== null && this.seconds < this.extent.end;
  }

  play(): void {
    this.base = this.seconds >= this.extent.end ? this.extent.start : this.seconds;
    this.since = this.now();
  }

  stop(): void {
    this.base = this.seconds;
    this.since = null;
  }

  seek(seconds: number): void {
    this.base = Math.max(this.extent.start, Math.min(this.extent.end, seconds));
    if (this.since !== null) this.since = this.now();
  }
}
