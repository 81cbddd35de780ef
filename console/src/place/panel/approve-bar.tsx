import { useState } from "preact/hooks";
import { navigate } from "../../app/router";
import { hasRole } from "../../app/session";
import { errorSentence } from "../../messages/errors";
import { Button } from "../../parts/button";
import { Link } from "../../parts/link";
import { searchedShare } from "../model/places";
import style from "../place.module.css";
import { percent } from "../place-name";
import type { Place } from "../state";
import { stepOf } from "../step";
import { words } from "../words";
import { ApproveDialog } from "./approve-dialog";

/** Approves the regions, and shows what comes of it. */
export function ApproveBar({ place }: { place: Place }) {
  const [isAsking, setAsking] = useState(false);
  const hasCaptions = place.video.value?.cropped_frames_version != null;
  const isDone = place.isUnchanged.value && place.video.value?.caption_status !== "error";
  const regions = place.regions.value;
  const clashing = place.clashes.value;
  // The captions appear in the next view one by one, and their text is read there.
  const approve = async () => {
    if (await place.approve()) navigate(`/videos/${place.videoId}/captions`);
  };
  const isAllowed = hasRole("annotator") && regions.length > 0 && clashing.length === 0 && !isDone;
  return (
    <div class={style.approve}>
      {clashing.map(([one, other]) => (
        <p key={`${one} ${other}`} class={style.bad} role="alert">
          {words().clash(one + 1, other + 1)}
        </p>
      ))}
      <Button
        look="main"
        disabled={!isAllowed || place.busy.value}
        onClick={() => (hasCaptions ? setAsking(true) : void approve())}
      >
        {isDone && regions.length > 0 ? words().inForce : hasCaptions ? words().approveAgain : words().approve}
      </Button>
      <p class={style.quiet}>
        {hasRole("annotator") ? words().share(percent(searchedShare(regions))) : words().onlyAnnotators}
      </p>
      <Outcome place={place} />
      {isAsking && <ApproveDialog place={place} onApprove={approve} onClose={() => setAsking(false)} />}
    </div>
  );
}

function Outcome({ place }: { place: Place }) {
  const video = place.video.value;
  if (video === null || video.caption_status === null) return null;
  if (video.caption_status === "error") {
    return <p class={style.bad}>{words().searchFailed(video.error === null ? "" : errorSentence(video.error))}</p>;
  }
  if (video.caption_status === "ready") {
    return (
      <p class={style.good}>
        {words().ready} <Link to={`/videos/${video.id}/captions`}>{words().toCaptions}</Link>
      </p>
    );
  }
  const step = stepOf(video);
  return (
    <p class={style.note} role="status">
      {step === null ? words().searching : words().searchingAt(step.name, step.percent)}
    </p>
  );
}
