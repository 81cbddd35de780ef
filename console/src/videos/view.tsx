import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../app/keys";
import { navigate, query } from "../app/router";
import { hasRole } from "../app/session";
import { Button } from "../parts/button";
import { useVisits } from "../together/visits";
import { UploadArea } from "../upload/upload-area";
import { follow, loading, more, show, showMore, total, videos } from "./list";
import { FILTERS, type Filter, type Video } from "./stages";
import { VideoRow } from "./video-row";
import style from "./videos.module.css";
import { words } from "./words";

// The search waits until the person pauses.
const TYPING_MS = 250;

/** The list of videos, with what is uploaded now above it. */
export function VideosView() {
  const search = useRef<HTMLInputElement>(null);
  const upload = useRef<HTMLInputElement>(null);
  const filter = FILTERS.find((name) => name === query.value.get("filter")) ?? "all";
  const text = query.value.get("q") ?? "";

  useEffect(() => follow(), []);
  useVisits();
  useEffect(() => void show({ filter, search: text }), [filter, text]);
  useKeys(words().title, [
    { id: "videos.search", name: words().keySearch, keys: ["/"], run: () => search.current?.focus() },
    { id: "videos.upload", name: words().keyUpload, keys: ["U"], run: () => upload.current?.click() },
  ]);

  const want = (next: { filter?: Filter; q?: string }) => {
    const asked = new URLSearchParams(query.value);
    for (const [name, value] of Object.entries(next)) {
      if (value === "" || value === "all") asked.delete(name);
      else asked.set(name, value);
    }
    navigate(asked.size === 0 ? "/videos" : `/videos?${asked}`, { replace: true });
  };

  return (
    <div class={style.view}>
      <h1 class="visually-hidden">{words().title}</h1>
      {hasRole("annotator") && <UploadArea inputRef={upload} />}
      <div class={style.bar}>
        <Search input={search} text={text} onSearch={(q) => want({ q })} />
        <Filters chosen={filter} onChoose={(chosen) => want({ filter: chosen })} />
        <p class={style.count} role="status">
          {!loading.value && words().count(total.value)}
        </p>
      </div>
      <ul class={style.list} aria-label={words().title} aria-busy={loading.value}>
        {videos.value.map((video) => rowOf(video))}
      </ul>
      {videos.value.length === 0 && !loading.value && (
        <p class={style.none}>{text === "" && filter === "all" ? words().none : words().noneFound}</p>
      )}
      {more.value && <Button onClick={() => void showMore()}>{words().more}</Button>}
    </div>
  );
}

// The same element tells Preact that the row needs no drawing: one video changes at a time, and a list has hundreds.
const rows = new WeakMap<Video, JSX.Element>();

function rowOf(video: Video): JSX.Element {
  const row = rows.get(video) ?? <VideoRow key={video.id} video={video} />;
  rows.set(video, row);
  return row;
}

interface SearchProps {
  input: { current: HTMLInputElement | null };
  text: string;
  onSearch: (text: string) => void;
}

function Search({ input, text, onSearch }: SearchProps) {
  const [typed, setTyped] = useState(text);
  const asked = useRef(text);
  useEffect(() => {
    if (typed === asked.current) return;
    const timer = setTimeout(() => {
      asked.current = typed;
      onSearch(typed);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    // A link or the browser's history leads to another search; the person's own one comes back as it was asked.
    if (text === asked.current) return;
    asked.current = text;
    setTyped(text);
  }, [text]);
  return (
    <input
      ref={input}
      class={style.search}
      type="search"
      aria-label={words().search}
      placeholder={words().search}
      value={typed}
      onInput={(event) => setTyped(event.currentTarget.value)}
    />
  );
}

function Filters({ chosen, onChoose }: { chosen: Filter; onChoose: (filter: Filter) => void }) {
  const names: Record<Filter, string> = {
    all: words().filterAll,
    working: words().filterWorking,
    place: words().filterPlace,
    check: words().filterCheck,
    failed: words().filterFailed,
  };
  return (
    <fieldset class={style.filters}>
      <legend class="visually-hidden">{words().filters}</legend>
      {FILTERS.map((filter) => (
        <Button key={filter} look="quiet" aria-pressed={filter === chosen} onClick={() => onChoose(filter)}>
          {names[filter]}
        </Button>
      ))}
    </fieldset>
  );
}
