import { useEffect, useRef, useState } from "preact/hooks";
import { sentenceOf } from "../../api/problems";
import { Button } from "../../parts/button";
import style from "../export.module.css";
import { download } from "../file";
import { Command } from "../parts/command";
import type { Exporting } from "../state";
import { words } from "../words";
import { makeStrips } from "./strips";

interface Progress {
  done: number;
  total: number;
}

/** Makes the zip of strips in the page, with progress; it can be stopped. */
export function StripsMaker({ exporting }: { exporting: Exporting }) {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const make = async () => {
    stop.current = new AbortController();
    setSaid(null);
    setProgress({ done: 0, total: 0 });
    const show = (done: number, total: number) => setProgress({ done, total });
    try {
      const file = await makeStrips(exporting.videoId, exporting.choice.value.options, show, stop.current.signal);
      download(file.name, file.bytes);
      setSaid(words().downloadDone(file.name));
    } catch (error) {
      setSaid(stop.current.signal.aborted ? words().stopped : sentenceOf(error));
    } finally {
      setProgress(null);
    }
  };
  return (
    <section class={style.preview} aria-labelledby="export-strips">
      <header class={style.bar}>
        <h2 id="export-strips">{words().preview}</h2>
        {progress === null ? (
          <Button look="main" onClick={() => void make()}>
            {words().makeStrips}
          </Button>
        ) : (
          <Button onClick={() => stop.current?.abort()}>{words().stop}</Button>
        )}
      </header>
      <p>{words().stripsHow}</p>
      {progress !== null && progress.total > 0 && (
        <>
          <progress class={style.progress} value={progress.done} max={progress.total} aria-label={words().makeStrips} />
          <p class={style.quiet} role="status">
            {words().stripsAt(progress.done, progress.total)}
          </p>
        </>
      )}
      {said !== null && (
        <p class={style.note} role="status">
          {said}
        </p>
      )}
      <Command exporting={exporting} />
    </section>
  );
}
