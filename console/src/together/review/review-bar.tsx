import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { answer, api, type Schemas } from "../../api/client";
import { listen } from "../../api/events";
import { sentenceOf } from "../../api/problems";
import { language } from "../../app/language";
import { hasRole } from "../../app/session";
import { toast } from "../../app/toasts";
import { Button } from "../../parts/button";
import { classes } from "../../parts/classes";
import { Dialog } from "../../parts/dialog";
import { moment } from "../moments";
import { nameOf } from "../people/people";
import style from "../together.module.css";
import { words } from "../words";
import { type Step, stepsFor } from "./review-steps";

type Review = Schemas["ReviewSummary"];

/** The state of the review of a video, and what the person may do about it. */
export function ReviewBar({ videoId }: { videoId: string }) {
  const review = useSignal<Review | null>(null);
  const ready = useSignal(false);
  const sendingBack = useSignal(false);
  /** The last change that this page shows; a decision is about the captions as they are shown. */
  const seen = useRef<number | null>(null);

  const load = async () => {
    const params = { path: { video_id: videoId } };
    try {
      const [video, history] = await Promise.all([
        answer(api.GET("/videos/{video_id}", { params })),
        answer(api.GET("/videos/{video_id}/captions/history", { params: { ...params, query: { limit: 1 } } })),
      ]);
      seen.current = Math.max(seen.current ?? 0, history.changes[0]?.number ?? 0) || null;
      review.value = video.review ?? null;
      ready.value = video.caption_status === "ready";
    } catch {
      // The page around shows that the video cannot be read.
    }
  };
  useEffect(() => {
    void load();
    return listen({
      event: (event) => {
        if (event.video_id !== videoId) return;
        if (event.kind === "captions.changed" && event.data.change != null)
          seen.current = Math.max(seen.current ?? 0, event.data.change);
        if (event.kind === "captions.changed" && review.value !== null && event.data.change != null)
          review.value = { ...review.value, changed_since: true };
        else if (["video.reviewed", "video.status", "captions.replaced"].includes(event.kind)) void load();
      },
      snapshot: () => void load(),
    });
  }, [videoId]);

  const take = async (step: Step, comment?: string) => {
    const params = { path: { video_id: videoId } };
    const seen_change = seen.current;
    try {
      if (step === "send-back") {
        const body = { comment: comment ?? "", seen_change };
        await answer(api.POST("/videos/{video_id}/reviews/send-back", { params, body }));
      } else await answer(api.POST(`/videos/{video_id}/reviews/${step}`, { params, body: { seen_change } }));
      sendingBack.value = false;
      toast({ text: words().reviewDone, tone: "good" });
      await load();
    } catch (error) {
      toast({ text: sentenceOf(error), tone: "bad" });
    }
  };

  const choose = (step: Step) => {
    if (step === "send-back") sendingBack.value = true;
    else void take(step);
  };

  const present = review.value;
  return (
    <section class={style.bar} aria-label={words().review}>
      <div class={style.state}>
        <strong class={classes(style.badge, present !== null && style[present.state])}>
          {present === null ? words().noReview : words()[present.state]}
        </strong>
        {present !== null && (
          <small>{words().by(nameOf(present.made_by), moment(present.made_at, language.value))}</small>
        )}
        {present?.changed_since && <small class={style.warn}>{words().changedSince}</small>}
      </div>
      {present?.comment && <blockquote class={style.said}>{present.comment}</blockquote>}
      {ready.value && (
        <div class={style.buttons}>
          {stepsFor(present, { annotator: hasRole("annotator"), reviewer: hasRole("reviewer") }).map((step) => (
            <Button key={step} look={step === "accept" ? "main" : "plain"} onClick={() => choose(step)}>
              {stepName(step)}
            </Button>
          ))}
        </div>
      )}
      {sendingBack.value && (
        <SendBackDialog
          onClose={() => (sendingBack.value = false)}
          onSend={(comment) => void take("send-back", comment)}
        />
      )}
    </section>
  );
}

function SendBackDialog({ onClose, onSend }: { onClose: () => void; onSend: (comment: string) => void }) {
  const comment = useSignal("");
  const submit = (event: Event) => {
    event.preventDefault();
    if (comment.value.trim() !== "") onSend(comment.value.trim());
  };
  return (
    <Dialog
      title={words().sendBackTitle}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{words().cancel}</Button>
          <Button look="main" disabled={comment.value.trim() === ""} onClick={submit}>
            {words().send}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} class={style.form}>
        <label>
          {words().whatToCorrect}
          <textarea
            rows={4}
            maxLength={5000}
            value={comment.value}
            onInput={(event) => (comment.value = event.currentTarget.value)}
          />
        </label>
      </form>
    </Dialog>
  );
}

function stepName(step: Step): string {
  const names = {
    request: words().requestReview,
    accept: words().accept,
    "send-back": words().sendBack,
    reopen: words().reopen,
  };
  return names[step];
}
