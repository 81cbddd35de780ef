/**
 * The file of a video, for a player.
 *
 * Its address ends after some hours. A player whose address has ended gets another one, and goes on
 * where it was, also when the gateway is away at that time; a file that never played is one that the browser cannot
 * play.
 */

import { type Signal, signal } from "@preact/signals";
import { pause } from "../../api/pause";
import { isPassing } from "../../api/problems";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;

/** The parts of a video element that this needs. */
export type Player = Pick<HTMLVideoElement, "currentTime" | "paused" | "play">;

export class MediaFile {
  readonly url: Signal<string | null> = signal(null);
  /** Whether the browser cannot play the file, or the gateway does not give it. */
  readonly failed = signal(false);
  /** Whether the gateway is away, and is asked again. */
  readonly away = signal(false);
  private played = false;
  private goOn: { seconds: number; playing: boolean } | null = null;
  private readonly closed = new AbortController();

  /** @param ask asks the gateway for an address. */
  constructor(private readonly ask: () => Promise<string>) {}

  async open(): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; !this.closed.signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        this.url.value = await this.ask();
        this.away.value = false;
        return;
      } catch (error) {
        this.away.value = isPassing(error);
        this.failed.value = !this.away.value;
        if (this.failed.value) return;
      }
      await pause(waitMs, this.closed.signal);
    }
  }

  /** The view was left: the gateway is not asked again. */
  close(): void {
    this.closed.abort();
  }

  /** The player knows the file; it goes on where the one with the former address was. */
  loaded(player: Player): void {
    this.played = true;
    if (this.goOn === null) return;
    const { seconds, playing } = this.goOn;
    this.goOn = null;
    player.currentTime = seconds;
    if (playing) void player.play().catch(() => {});
  }

  /** The player could not go on. */
  async broken(player: Player): Promise<void> {
    if (!this.played) {
      this.failed.value = true;
      return;
    }
    // Another address that does not play either is a fault of the file, not of its age.
    this.played = false;
    this.goOn ??= { seconds: player.currentTime, playing: !player.paused };
    await this.open();
  }
}
