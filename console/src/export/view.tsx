import { useEffect, useMemo } from "preact/hooks";
import { listen } from "../api/events";
import { useKeys } from "../app/keys";
import type { ViewProps } from "../app/router";
import { Link } from "../parts/link";
import { useVisit } from "../together/visits";
import style from "./export.module.css";
import { download } from "./file";
import { STRIPS } from "./model/options";
import { FilePreview } from "./parts/file-preview";
import { FormatList } from "./parts/format-list";
import { OptionForm } from "./parts/option-form";
import { createExporting, type Exporting } from "./state";
import { StripsMaker } from "./strips/strips-maker";
import { words } from "./words";

/** Exports the captions of a video: formats, options, and the file as it will be. */
export function ExportView({ videoId }: ViewProps) {
  const exporting = useMemo(() => createExporting(videoId), [videoId]);
  useEffect(() => follow(exporting), [exporting]);
  useVisit(videoId, { view: "export" });
  useKeys(words().title, [
    {
      id: "export.download",
      name: words().download,
      keys: ["Mod+S"],
      inFields: true,
      run: () => {
        const file = exporting.file.value;
        if (file !== null) download(file.name, file.bytes);
      },
    },
  ]);
  const video = exporting.video.value;
  const hasNoCaptions = video !== null && video.cropped_frames_version === null;
  return (
    <section class={style.view} aria-labelledby="export-title">
      <header class={style.title}>
        <h1 id="export-title">{words().title}</h1>
      </header>
      {hasNoCaptions ? (
        <p class={style.note}>
          {words().notYet} <Link to={`/videos/${videoId}/place`}>{words().toPlace}</Link>
        </p>
      ) : (
        <div class={style.columns}>
          <div class={style.choices}>
            <FormatList exporting={exporting} />
            <OptionForm exporting={exporting} />
            <p class={style.quiet}>{words().remembered}</p>
          </div>
          {exporting.choice.value.format === STRIPS ? (
            <StripsMaker exporting={exporting} />
          ) : (
            <FilePreview exporting={exporting} />
          )}
        </div>
      )}
    </section>
  );
}

/** Makes the file, and again when somebody changes the captions. */
function follow(exporting: Exporting): () => void {
  void exporting.loadVideo();
  const end = exporting.start();
  let isFirst = true;
  const stop = listen({
    snapshot: () => {
      // A later stream may have missed changes.
      if (!isFirst) exporting.again();
      isFirst = false;
    },
    event: ({ video_id, kind }) => {
      if (video_id !== exporting.videoId || kind === "video.progress") return;
      void exporting.loadVideo();
      exporting.again();
    },
  });
  return () => {
    stop();
    end();
  };
}
