/** Longer than a busy browser takes to show a picture after a seek. */
const LONGEST_WAIT_MS = 1000;

/** The times of the pictures that a player shows. A browser says the time of a picture when it shows the picture. */
export class ShownPictures {
  private seconds = Number.POSITIVE_INFINITY;
  private shownAt = Number.NEGATIVE_INFINITY;
  private soughtAt = Number.NEGATIVE_INFINITY;
  private request: number;

  constructor(private readonly video: HTMLVideoElement) {
    this.request = video.requestVideoFrameCallback(this.note);
  }

  private readonly note: VideoFrameRequestCallback = (_now, { mediaTime, presentationTime }) => {
    this.seconds = mediaTime;
    this.shownAt = presentationTime;
    this.request = this.video.requestVideoFrameCallback(this.note);
  };

  /** The player was sent elsewhere: a picture from before does not count. */
  sought(): void {
    this.soughtAt = performance.now();
  }

  /** The time at which the picture that is shown begins; where the player stands if no picture comes. */
  async latest(): Promise<number> {
    const until = performance.now() + LONGEST_WAIT_MS;
    do await animationFrame();
    while ((this.video.seeking || this.shownAt < this.soughtAt) && performance.now() < until);
    const stands = this.video.currentTime;
    return this.shownAt >= this.soughtAt && this.seconds <= stands ? this.seconds : stands;
  }

  end(): void {
    this.video.cancelVideoFrameCallback(this.request);
  }
}

function animationFrame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}
