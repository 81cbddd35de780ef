import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import { sentenceOf } from "../../api/problems";
import { toast } from "../../app/toasts";
import { words as shellWords } from "../../app/words";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import type { Waiting } from "../model/queue";
import style from "../operate.module.css";
import { words } from "../words";

/** Gives a waiting job other points than those of its tier. */
export function PriorityDialog({ work, onClose }: { work: Waiting; onClose: () => void }) {
  const [points, setPoints] = useState("100");
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const value = Number(points);
  const isWrong = points.trim() === "" || !(value >= 0 && value <= 100);

  const set = async (base_override: number | null) => {
    try {
      const path = { job_id: work.job_id ?? "" };
      const body = { base_override, reason };
      const changed = await answer(api.POST("/operators/jobs/{job_id}/priority", { params: { path }, body }));
      toast({ text: words().changed(changed.priority), tone: "good" });
      onClose();
    } catch (error) {
      setFailure(sentenceOf(error));
    }
  };
  return (
    <Dialog
      title={words().changeTitle}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{shellWords().cancel}</Button>
          <Button onClick={() => void set(null)}>{words().ofTier}</Button>
          <Button look="main" disabled={isWrong} onClick={() => void set(value)}>
            {words().set}
          </Button>
        </>
      }
    >
      <p>{words().changeHow(work.display_name)}</p>
      <label class={style.field}>
        {words().base}
        <input
          type="number"
          min={0}
          max={100}
          value={points}
          aria-invalid={isWrong}
          onInput={(event) => setPoints(event.currentTarget.value)}
        />
        {isWrong && <span class={style.badText}>{words().baseWrong}</span>}
      </label>
      <Reason value={reason} onChange={setReason} />
      {failure !== null && (
        <p class={style.bad} role="alert">
          {failure}
        </p>
      )}
    </Dialog>
  );
}

/** Why an operator does something; it stands in the record of operators' actions. */
export function Reason({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <label class={style.field}>
      {words().why}
      <input type="text" maxLength={1000} value={value} onInput={(event) => onChange(event.currentTarget.value)} />
    </label>
  );
}
