/** Where the model saw text in each track, read when it is first wanted. */

import { type Signal, signal } from "@preact/signals";

export class Presence {
  /** The levels by track; a track that is not read yet is not there. */
  readonly levels: Signal<ReadonlyMap<number, string>> = signal(new Map());
  private readonly asked = new Map<number, Promise<void>>();

  /** @param ask asks the gateway for the levels of a track. */
  constructor(private readonly ask: (track: number) => Promise<string>) {}

  /** Read the levels of a track. Without them, for example of an old video, everything else works. */
  load(track: number): Promise<void> {
    let asked = this.asked.get(track);
    if (asked === undefined) {
      asked = this.read(track);
      this.asked.set(track, asked);
    }
    return asked;
  }

  of(track: number): string {
    return this.levels.value.get(track) ?? "";
  }

  /** The captions were found anew. */
  clear(): void {
    const tracks = [...this.asked.keys()];
    this.asked.clear();
    this.levels.value = new Map();
    for (const track of tracks) void this.load(track);
  }

  private async read(track: number): Promise<void> {
    try {
      const levels = await this.ask(track);
      this.levels.value = new Map(this.levels.value).set(track, levels);
    } catch {
      this.asked.delete(track);
    }
  }
}
