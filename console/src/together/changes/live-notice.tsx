import { nameOf } from "../people/people";
import style from "../together.module.css";
import { words } from "../words";
import { latestOfOthers, useLiveChanges } from "./live-changes";

/** Says for some seconds what somebody else changed in the video. */
export function LiveNotice({ videoId }: { videoId: string }) {
  useLiveChanges(videoId);
  const change = latestOfOthers.value;
  return (
    <p class={style.notice} role="status">
      {change !== null &&
        (change.captionIds.length > 0
          ? words().othersChanged(nameOf(change.madeBy), change.captionIds.length)
          : words().othersRemoved(nameOf(change.madeBy)))}
    </p>
  );
}
