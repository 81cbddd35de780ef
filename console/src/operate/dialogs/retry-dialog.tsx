import { useState } from "preact/hooks";
import { answer, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problems";
import { toast } from "../../app/toasts";
import { words as shellWords } from "../../app/words";
import { errorSentence } from "../../messages/errors";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { type Outcome, outcomeOf, requests } from "../model/retry";
import style from "../operate.module.css";
import { words } from "../words";
import { Reason } from "./priority-dialog";

/** Tries failed jobs again, and lists those that were refused. */
export function RetryDialog({ jobIds, onClose }: { jobIds: string[]; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);

  const retry = async () => {
    setBusy(true);
    const jobs: Schemas["Retried"][] = [];
    try {
      for (const body of requests(jobIds, reason)) {
        const part = await answer(api.POST("/operators/jobs/retry", { body }));
        jobs.push(...part.jobs);
      }
      const found = outcomeOf(jobs, errorSentence);
      toast({ text: words().retried(found.retried), tone: "good" });
      if (found.refusals.length === 0) onClose();
      else setOutcome(found);
    } catch (error) {
      setFailure(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  const isDone = outcome !== null;
  return (
    <Dialog
      title={words().retryTitle}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{isDone ? shellWords().close : shellWords().cancel}</Button>
          {!isDone && (
            <Button look="main" disabled={isBusy} onClick={() => void retry()}>
              {words().retryNow}
            </Button>
          )}
        </>
      }
    >
      {isDone ? (
        <ul role="status">
          <li>{words().retried(outcome.retried)}</li>
          {outcome.refusals.map(([refusal, count]) => (
            <li key={refusal}>{words().refused(count, refusal)}</li>
          ))}
        </ul>
      ) : (
        <>
          <p>{words().retryHow(jobIds.length)}</p>
          <Reason value={reason} onChange={setReason} />
        </>
      )}
      {failure !== null && (
        <p class={style.bad} role="alert">
          {failure}
        </p>
      )}
    </Dialog>
  );
}
