/**
 * The file of a video, for a player.
 *
 * Its address ends after some hours. A player whose address has ended gets another one, and goes on
 * where it was; a file that never played is one that the browser cannot play.
 */

import { type Signal, signal } from "@preact/signals";

/** The parts of a video element that this needs. */
export type Player = Pick<HTMLVideoElement, "currentTime" | "paused" | "play">;

export class MediaFile {
  readonly url: Signal<string | null> = signal(null);
  /** Whether the browser cannot play the file, or the gateway does not give it. */
  readonly failed = signal(false);
  private played = false;
  private goOn: { seconds: number; playing: boolean } | null = null;

  /** @param ask asks the gateway for an address. */
  constructor(private readonly ask: () => Promise<string>) {}

  async open(): Promise<void> {
    try {
      this.url.value = await this.ask();
    } catch {
      this.failed.value = true;
    }
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
