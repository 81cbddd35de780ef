interface Sample {
  at: number;
  done: number;
}

/** Measures how fast something goes, over the last seconds; it may be bytes, frames or parts. */
export class Speed {
  private samples: Sample[] = [];

  constructor(private readonly windowMs = 10_000) {}

  /** Note that `done` units are done at the time `at`, in milliseconds. */
  note(done: number, at: number): void {
    const last = this.samples.at(-1);
    // A part that is sent again counts again from where it began.
    if (last !== undefined && done < last.done) this.samples = [];
    this.samples.push({ at, done });
    while (this.samples.length > 2 && (this.samples[1]?.at ?? at) < at - this.windowMs) this.samples.shift();
  }

  reset(): void {
    this.samples = [];
  }

  /** Units per second, or null while too little is known. */
  perSecond(): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 500) return null;
    const rate = ((last.done - first.done) * 1000) / (last.at - first.at);
    return rate > 0 ? rate : null;
  }

  /** Seconds until `total` units are done, or null while too little is known. */
  secondsLeft(total: number): number | null {
    const rate = this.perSecond();
    const last = this.samples.at(-1);
    return rate === null || last === undefined ? null : Math.max(0, total - last.done) / rate;
  }
}
