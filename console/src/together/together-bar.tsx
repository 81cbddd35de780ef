import { useSignal } from "@preact/signals";
import { useKeys } from "../app/keys";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { HistoryPanel } from "./changes/history-panel";
import { LiveNotice } from "./changes/live-notice";
import type { Where } from "./people/visit-lists";
import { Comments } from "./review/comments";
import { ReviewBar } from "./review/review-bar";
import style from "./together.module.css";
import { Visitors } from "./visitors";
import { useVisit, useVisits } from "./visits";
import { words } from "./words";

type Panel = "history" | "comments";

export interface TogetherBarProps extends Where {
  videoId: string;
  /** Called when the person follows a comment to its caption. */
  onGo?: (captionId: number) => void;
}

/** Who else is here, what they change, the review, and buttons for the history and the comments of a video. */
export function TogetherBar({ videoId, view, captionId, working, onGo }: TogetherBarProps) {
  useVisits();
  useVisit(videoId, { view, captionId, ...(working !== undefined && { working }) });
  const panel = useSignal<Panel | null>(null);
  const open = (which: Panel) => () => {
    panel.value = which;
  };
  const close = () => {
    panel.value = null;
  };
  useKeys(words().together, [
    { id: "together.history", name: words().history, keys: ["Alt+H"], run: open("history") },
    { id: "together.comments", name: words().comments, keys: ["Alt+C"], run: open("comments") },
  ]);
  const go = (id: number) => {
    close();
    onGo?.(id);
  };
  return (
    <div class={style.together}>
      <Visitors videoId={videoId} />
      <ReviewBar videoId={videoId} />
      <LiveNotice videoId={videoId} />
      <div class={style.buttons}>
        <Button look="quiet" onClick={open("history")}>
          {words().history}
        </Button>
        <Button look="quiet" onClick={open("comments")}>
          {words().comments}
        </Button>
      </div>
      {panel.value !== null && (
        <PanelDialog
          panel={panel.value}
          videoId={videoId}
          captionId={captionId ?? null}
          onClose={close}
          {...(onGo !== undefined && { onGo: go })}
        />
      )}
    </div>
  );
}

interface PanelDialogProps {
  panel: Panel;
  videoId: string;
  captionId: number | null;
  onClose: () => void;
  onGo?: (captionId: number) => void;
}

function PanelDialog({ panel, videoId, captionId, onClose, onGo }: PanelDialogProps) {
  const onlyCaption = useSignal(false);
  const of = onlyCaption.value && captionId !== null ? { captionId } : {};
  return (
    <Dialog title={panel === "history" ? words().history : words().comments} onClose={onClose} wide>
      {captionId !== null && (
        <label class={style.check}>
          <input
            type="checkbox"
            checked={onlyCaption.value}
            onChange={(event) => {
              onlyCaption.value = event.currentTarget.checked;
            }}
          />
          {words().onlyCaption}
        </label>
      )}
      {panel === "history" ? (
        <HistoryPanel videoId={videoId} {...of} />
      ) : (
        <Comments videoId={videoId} {...of} {...(onGo !== undefined && { onGo })} />
      )}
    </Dialog>
  );
}
