import { errorSentence } from "../../messages/errors";
import style from "../place.module.css";
import type { Place } from "../state";
import { stepOf } from "../step";
import { words } from "../words";

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
        {words().failed} {video.error && errorSentence(video.error)}
      </p>
    );
  }
  if (video.status === "active") return <p class={style.note}>{words().noFrames}</p>;
  const step = stepOf(video);
  return (
    <p class={style.note} role="status">
      {step === null ? words().looking : words().lookingAt(step.name, step.percent)}
    </p>
  );
}
