import type { Ref } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { sentenceOf } from "../api/problems";
import { hasFiles } from "../app/dropped-files";
import { readStored, writeStored } from "../app/stored";
import { toast } from "../app/toasts";
import { Button } from "../parts/button";
import { classes } from "../parts/classes";
import { droppedFiles, isVideo } from "./files";
import style from "./upload.module.css";
import { UploadList } from "./upload-list";
import { addFiles, findInterrupted } from "./uploads";
import { words } from "./words";

// The languages that people choose most; the gateway reads many more, which a script may name.
const LANGUAGES: Record<string, string> = {
  zh: "中文",
  "zh-Hans": "简体中文",
  "zh-Hant": "繁體中文",
  en: "English",
  ja: "日本語",
  ko: "한국어",
  es: "Español",
  fr: "Français",
  de: "Deutsch",
  ru: "Русский",
  ar: "العربية",
  hi: "हिन्दी",
  th: "ไทย",
  vi: "Tiếng Việt",
};

/** Follow files that are dragged over the page, and hand over those that are dropped. */
function useDrops(onOver: (over: boolean) => void, onDrop: (data: DataTransfer) => void): void {
  const handlers = useRef({ onOver, onDrop });
  handlers.current = { onOver, onDrop };
  useEffect(() => {
    const stopping = new AbortController();
    const { signal } = stopping;
    addEventListener("dragover", (event) => handlers.current.onOver(hasFiles(event)), { signal });
    // A pointer that leaves the page leaves its last element for no other one.
    const leave = (event: DragEvent) => event.relatedTarget === null && handlers.current.onOver(false);
    addEventListener("dragleave", leave, { signal });
    const drop = (event: DragEvent) => {
      handlers.current.onOver(false);
      if (hasFiles(event) && event.dataTransfer !== null) handlers.current.onDrop(event.dataTransfer);
    };
    addEventListener("drop", drop, { signal });
    return () => stopping.abort();
  }, []);
}

/** Where people drop files, and the list of what is being uploaded. */
export function UploadArea({ inputRef }: { inputRef: Ref<HTMLInputElement> }) {
  const [over, setOver] = useState(false);
  const [language, setLanguage] = useState(() => String(readStored("upload-language") ?? ""));
  const [unattended, setUnattended] = useState(() => readStored("upload-unattended") === true);
  const folder = useRef<HTMLInputElement>(null);

  useEffect(() => {
    findInterrupted().catch((error) => toast({ text: sentenceOf(error), tone: "bad" }));
  }, []);

  const take = (files: File[]) => {
    const videos = files.filter(isVideo);
    if (videos.length === 0) toast({ text: words().noVideos, tone: "bad" });
    else if (videos.length < files.length) toast({ text: words().skipped(files.length - videos.length) });
    addFiles(videos, { language: language || null, unattended });
  };
  const takeChosen = (event: { currentTarget: HTMLInputElement }) => {
    take([...(event.currentTarget.files ?? [])]);
    event.currentTarget.value = "";
  };
  // People aim badly: the whole page takes what they drop.
  useDrops(setOver, (data) =>
    droppedFiles(data).then(take, (error) => toast({ text: sentenceOf(error), tone: "bad" })),
  );

  return (
    <>
      <section class={classes(style.area, over && style.over)} aria-label={words().drop}>
        <p class={style.drop}>{words().drop}</p>
        <input
          ref={inputRef}
          id="upload-files"
          hidden
          type="file"
          accept="video/*,.mkv,.ts,.flv,.rmvb,.mxf"
          multiple
          onChange={takeChosen}
        />
        <input ref={folder} hidden type="file" {...{ webkitdirectory: true }} onChange={takeChosen} />
        <Button look="main" onClick={() => document.getElementById("upload-files")?.click()}>
          {words().choose}
        </Button>
        <Button onClick={() => folder.current?.click()}>{words().chooseFolder}</Button>
        <label class={style.language}>
          {words().language}
          <select
            value={language}
            onChange={(event) => {
              setLanguage(event.currentTarget.value);
              writeStored("upload-language", event.currentTarget.value);
            }}
          >
            <option value="">{words().detect}</option>
            {Object.entries(LANGUAGES).map(([tag, name]) => (
              <option key={tag} value={tag}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class={style.language} title={words().unattendedHint}>
          <input
            type="checkbox"
            checked={unattended}
            onChange={() => {
              setUnattended(!unattended);
              writeStored("upload-unattended", !unattended);
            }}
          />
          {words().unattended}
        </label>
      </section>
      <UploadList />
    </>
  );
}
