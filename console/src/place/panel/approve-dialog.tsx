import { useEffect, useState } from "preact/hooks";
import { answer, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problems";
import { words as shellWords } from "../../app/words";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { successions } from "../model/places";
import style from "../place.module.css";
import type { Place } from "../state";
import { words } from "../words";

interface ApproveDialogProps {
  place: Place;
  onApprove: () => Promise<void>;
  onClose: () => void;
}

/** Says what new regions do to the captions at hand, before it happens. */
export function ApproveDialog({ place, onApprove, onClose }: ApproveDialogProps) {
  const preview = usePreview(place.videoId);
  return (
    <Dialog
      title={words().confirmTitle}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{shellWords().cancel}</Button>
          <Button look="main" disabled={preview.counts === null || place.busy.value} onClick={() => void onApprove()}>
            {words().findAgain}
          </Button>
        </>
      }
    >
      {preview.failure !== null && (
        <p class={style.bad} role="alert">
          {preview.failure}
        </p>
      )}
      {preview.counts === null ? (
        preview.failure === null && <p role="status">{words().counting}</p>
      ) : (
        <>
          <p>{words().confirmHow}</p>
          <Consequences place={place} counts={preview.counts} />
        </>
      )}
    </Dialog>
  );
}

function Consequences({ place, counts }: { place: Place; counts: Schemas["CarryOverPreview"] }) {
  const tracks = successions(place.inForce.value, place.regions.value);
  const isMoved = tracks.some(({ former, next }) => former !== next);
  return (
    <ul class={style.consequences}>
      <li>
        {counts.edited_count === 0
          ? words().nothingEdited
          : words().carried(counts.edited_count, counts.confirmed_count)}
      </li>
      {counts.removed_count > 0 && <li>{words().removedStay(counts.removed_count)}</li>}
      {isMoved &&
        tracks.map(({ former, next }) => (
          <li key={former} class={next === null ? style.warn : undefined}>
            {next === null ? words().ends(former) : words().goesOn(former, next)}
          </li>
        ))}
      <li>{words().kept}</li>
      <li>{words().locked}</li>
    </ul>
  );
}

function usePreview(videoId: string) {
  const [counts, setCounts] = useState<Schemas["CarryOverPreview"] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    let shown = true;
    answer(api.GET("/videos/{video_id}/captions/carry-over", { params: { path: { video_id: videoId } } })).then(
      (found) => shown && setCounts(found),
      (error) => shown && setFailure(sentenceOf(error)),
    );
    return () => {
      shown = false;
    };
  }, [videoId]);
  return { counts, failure };
}
