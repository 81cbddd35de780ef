import { useRef } from "preact/hooks";
import { sentenceOf } from "../api/problems";
import { toast } from "../app/toasts";
import { Button } from "../parts/button";
import { bytes, clock } from "../parts/format";
import { Progress } from "../parts/progress";
import style from "./upload.module.css";
import { continueUpload, pauseUpload, removeUpload, resumeWith, type Upload, uploads } from "./uploads";
import { words } from "./words";

export function UploadList() {
  const shown = uploads.value.filter((upload) => upload.phase !== "done");
  if (shown.length === 0) return null;
  return (
    <section aria-label={words().uploads}>
      <ul class={style.list}>
        {shown.map((upload) => (
          <UploadRow key={upload.key} upload={upload} />
        ))}
      </ul>
    </section>
  );
}

function UploadRow({ upload }: { upload: Upload }) {
  const { key, mark, phase } = upload;
  const remove = () => void removeUpload(key).catch((error) => toast({ text: sentenceOf(error), tone: "bad" }));
  return (
    <li class={style.row}>
      <span class={style.name}>{mark.name}</span>
      <Progress label={words().progress(mark.name)} done={upload.sentBytes} total={mark.size} />
      <span class={phase === "failed" ? style.failed : style.state}>{stateOf(upload)}</span>
      <span class={style.actions}>
        {(phase === "sending" || phase === "trouble" || phase === "waiting") && (
          <Button look="quiet" aria-label={words().pauseOf(mark.name)} onClick={() => pauseUpload(key)}>
            {words().pause}
          </Button>
        )}
        {(phase === "paused" || phase === "failed") && (
          <Button look="quiet" aria-label={words().resumeOf(mark.name)} onClick={() => continueUpload(key)}>
            {phase === "failed" ? words().retry : words().resume}
          </Button>
        )}
        {phase === "interrupted" && <ChooseAgain upload={upload} />}
        {phase !== "elsewhere" && (
          <Button look="quiet" aria-label={words().removeOf(mark.name)} onClick={remove}>
            ✕
          </Button>
        )}
      </span>
    </li>
  );
}

function ChooseAgain({ upload }: { upload: Upload }) {
  const input = useRef<HTMLInputElement>(null);
  const take = (event: { currentTarget: HTMLInputElement }) => {
    const file = event.currentTarget.files?.[0];
    if (file !== undefined && !resumeWith(upload.key, file))
      toast({ text: words().otherFile(upload.mark.name), tone: "bad" });
  };
  return (
    <>
      <input ref={input} hidden type="file" onChange={take} />
      <Button look="quiet" aria-label={words().chooseAgainOf(upload.mark.name)} onClick={() => input.current?.click()}>
        {words().chooseAgain}
      </Button>
    </>
  );
}

function stateOf({ phase, sentBytes, mark, perSecond, secondsLeft, error }: Upload): string {
  if (phase === "failed") return sentenceOf(error);
  if (phase !== "sending") return words()[phase];
  const parts = [words().sent(bytes(sentBytes), bytes(mark.size))];
  if (perSecond !== null) parts.push(words().speed(bytes(perSecond)));
  if (secondsLeft !== null) parts.push(words().left(clock(secondsLeft)));
  return parts.join(" · ");
}
