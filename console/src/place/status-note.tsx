import style from "./place.module.css";
import { percent } from "./place-name";
import type { Place, Video } from "./state";
import { words } from "./words";

/** Says why there is nothing to place yet, or what went wrong. */
export function StatusNote({ place }: { place: Place }) {
  const video = place.video.value;
  const failure = place.failure.value;
  if (failure !== null) {
    return (
      <p class={style.bad} role="alert">
        {failure}
      </p>
    );
  }
  if (video === null || place.isLoaded.value) return null;
  if (video.status === "error") {
    return (
      <p class={style.bad} role="alert">
        {words().failed} {video.error?.message}
      </p>
    );
  }
  if (video.status === "active") return <p class={style.note}>{words().noFrames}</p>;
  const progress = progressOf(video);
  return (
    <p class={style.note} role="status">
      {progress === null ? words().looking : words().lookingAt(progress.stage, progress.percent)}
    </p>
  );
}

/** How far the running work is, if it says so. */
export function progressOf(video: Video): { stage: string; percent: number } | null {
  const { stage, done, total } = video.progress ?? {};
  if (typeof stage !== "string" || typeof done !== "number" || typeof total !== "number" || total <= 0) return null;
  return { stage, percent: percent(done / total) };
}
