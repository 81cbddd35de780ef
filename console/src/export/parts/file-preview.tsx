import { toast } from "../../app/toasts";
import { Button } from "../../parts/button";
import style from "../export.module.css";
import { download, type MadeFile } from "../file";
import { STRIPS } from "../model/options";
import { previewOf } from "../model/preview";
import type { Exporting } from "../state";
import { words } from "../words";
import { Command } from "./command";

/** As many as a person looks at to see what a format and its options do. */
const SHOWN_CUES = 12;

/** The beginning of the file, and the file itself as a download. */
export function FilePreview({ exporting }: { exporting: Exporting }) {
  const { format } = exporting.choice.value;
  const file = exporting.file.value;
  const failure = exporting.failure.value;
  const preview = file === null || format === STRIPS ? null : previewOf(format, file.text, SHOWN_CUES);
  return (
    <section class={style.preview} aria-labelledby="export-preview" aria-busy={exporting.isMaking.value}>
      <header class={style.bar}>
        <h2 id="export-preview">{words().preview}</h2>
        <p class={style.quiet} role="status">
          {preview !== null
            ? preview.total === 0
              ? words().empty
              : words().cues(preview.shown, preview.total)
            : exporting.isMaking.value && words().making}
        </p>
        <Button disabled={file === null} onClick={() => file !== null && void copy(file)}>
          {words().copy}
        </Button>
        <Button
          look="main"
          disabled={file === null}
          onClick={() => file !== null && download(file.name, file.bytes)}
          title={file === null ? undefined : words().downloadNamed(file.name)}
        >
          {words().download}
        </Button>
      </header>
      {file !== null && <p class={style.fileName}>{file.name}</p>}
      {failure !== null && (
        <p class={style.note} role="alert">
          {failure}
        </p>
      )}
      {preview !== null && (
        // The text scrolls, so that people without a mouse must reach it.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys scroll what has the focus.
        <section class={style.text} tabIndex={0} aria-label={file?.name ?? format}>
          <pre dir="auto">
            {preview.text}
            {preview.shown < preview.total && "\n…"}
          </pre>
        </section>
      )}
      <Command exporting={exporting} />
    </section>
  );
}

async function copy(file: MadeFile): Promise<void> {
  try {
    await navigator.clipboard.writeText(file.text);
    toast({ text: words().copied, tone: "good" });
  } catch {
    toast({ text: words().copyFailed, tone: "bad" });
  }
}
