import { useEffect, useMemo } from "preact/hooks";
import { listen } from "../api/events";
import { useKeys } from "../app/keys";
import type { ViewProps } from "../app/router";
import { hasRole } from "../app/session";
import { Visitors } from "../together/visitors";
import { useVisit, useVisits } from "../together/visits";
import { added, redone, removed, undone } from "./model/edits";
import { freePlace } from "./model/region";
import { ApproveBar } from "./panel/approve-bar";
import { LeftOutList } from "./panel/left-out-list";
import { Notes } from "./panel/notes";
import { OtherPlaces } from "./panel/other-places";
import { StatusNote } from "./panel/status-note";
import { TrackList } from "./panel/track-list";
import { Picture } from "./picture/picture";
import { Scrubber } from "./picture/scrubber";
import style from "./place.module.css";
import { createPlace, type Place } from "./state";
import { words } from "./words";

/** Shows where text is in the pictures of a video, and lets a person say where its captions are. */
export function PlaceView({ videoId }: ViewProps) {
  const place = useMemo(() => createPlace(videoId), [videoId]);
  useEffect(() => follow(place, videoId), [place, videoId]);
  usePlaceKeys(place);
  useVisit(videoId, { view: "place" });
  useVisits();
  return (
    <section class={style.view} aria-labelledby="place-title">
      <header class={style.title}>
        <h1 id="place-title">{words().title}</h1>
        <Visitors videoId={videoId} />
      </header>
      <StatusNote place={place} />
      {place.isLoaded.value && (
        <div class={style.columns}>
          <div class={style.stage}>
            <Picture place={place} />
            <Scrubber place={place} />
            <p class={style.quiet}>{words().how}</p>
          </div>
          <div class={style.panel}>
            <TrackList place={place} />
            <ApproveBar place={place} />
            <OtherPlaces place={place} />
            <LeftOutList place={place} />
            <Notes place={place} />
          </div>
        </div>
      )}
    </section>
  );
}

/** Loads the video, and again after each of its events; several events at once load it once. */
function follow(place: Place, videoId: string): () => void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void place.load(), 150);
  };
  void place.load();
  const stop = listen({
    event: (event) => {
      if (event.video_id === videoId) soon();
    },
    snapshot: soon,
  });
  return () => {
    clearTimeout(waiting);
    stop();
  };
}

function usePlaceKeys(place: Place): void {
  const may = () => hasRole("annotator");
  useKeys(words().keys, [
    { id: "place.previous", name: words().previous, keys: [","], run: () => place.go(place.at.value - 1) },
    { id: "place.next", name: words().next, keys: ["."], run: () => place.go(place.at.value + 1) },
    { id: "place.nextCut", name: words().nextCut, keys: ["C"], run: () => place.seek("cut") },
    { id: "place.nextOutside", name: words().nextOutside, keys: ["O"], run: () => place.seek("outside") },
    { id: "place.add", name: words().keyAdd, keys: ["N"], run: () => may() && add(place) },
    { id: "place.remove", name: words().keyRemove, keys: ["Delete"], run: () => may() && remove(place) },
    { id: "place.undo", name: words().undo, keys: ["Mod+Z"], run: () => place.keep(undone(place.edits.value)) },
    {
      id: "place.redo",
      name: words().redo,
      keys: ["Mod+Shift+Z", "Mod+Y"],
      run: () => place.keep(redone(place.edits.value)),
    },
  ]);
}

function add(place: Place): void {
  const region = freePlace(place.regions.value);
  if (region !== null) place.keep(added(place.edits.value, region));
}

function remove(place: Place): void {
  const { selected } = place.edits.value;
  if (selected >= 0) place.keep(removed(place.edits.value, selected));
}
