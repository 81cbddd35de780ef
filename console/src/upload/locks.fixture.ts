type Callback = (lock: { name: string } | null) => Promise<void> | undefined;

/** The locks of a browser, as far as uploads use them. */
export class Locks {
  private readonly holders = new Map<string, Promise<void>>();

  async request(name: string, options: { ifAvailable?: boolean; mode?: string }, callback: Callback): Promise<void> {
    if (options.ifAvailable && this.holders.has(name)) return callback(null);
    while (this.holders.has(name)) await this.holders.get(name);
    const held = Promise.resolve(callback({ name }));
    this.holders.set(name, held);
    await held;
    this.holders.delete(name);
  }

  async query(): Promise<{ held: { name: string }[] }> {
    return { held: [...this.holders.keys()].map((name) => ({ name })) };
  }
}
