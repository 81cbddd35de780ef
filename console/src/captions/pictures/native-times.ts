/**
 * The times of the pictures of the file, found with a video element that plays the file.
 *
 * A browser says the time of the picture that it shows after a seek, and only that; so a neighbour
 * of a time is sought step by step.
 */

/** Shorter than a picture at 60 per second, so that no picture is passed over. */
const STEP_S = 0.008;
/** Slower files than two pictures per second show nothing that a grid of 0.1 s lacks. */
const FURTHEST_S = 0.5;
/** Times of the API are rounded to milliseconds, so two pictures closer than that are the same. */
const SAME_PICTURE_S = 0.0015;
const LONGEST_WAIT_MS = 3000;

/** The time of the picture before or after `seconds`; null when the browser cannot say it. */
export async function pictureBeside(
  video: HTMLVideoElement,
  seconds: number,
  direction: -1 | 1,
): Promise<number | null> {
  if (!("requestVideoFrameCallback" in video) || video.readyState < HTMLMediaElement.HAVE_METADATA) return null;
  video.pause();
  if (direction < 0) {
    const before = await shownAt(video, seconds - SAME_PICTURE_S);
    return before !== null && before < seconds - SAME_PICTURE_S ? before : null;
  }
  for (let ahead = STEP_S; ahead <= FURTHEST_S; ahead += STEP_S) {
    const found = await shownAt(video, seconds + ahead);
    if (found === null) return null;
    if (found > seconds + SAME_PICTURE_S) return found;
  }
  return null;
}

/** Seek, and return the time of the picture that is shown then. */
function shownAt(video: HTMLVideoElement, seconds: number): Promise<number | null> {
  if (seconds < 0 || seconds >= video.duration) return Promise.resolve(null);
  return new Promise((resolve) => {
    const end = (time: number | null) => {
      clearTimeout(timer);
      video.cancelVideoFrameCallback(request);
      resolve(time);
    };
    const request = video.requestVideoFrameCallback((_now, { mediaTime }) => end(mediaTime));
    const timer = setTimeout(end, LONGEST_WAIT_MS, null);
    video.currentTime = seconds;
  });
}
