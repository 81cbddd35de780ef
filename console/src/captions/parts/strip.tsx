import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { answer, api } from "../../api/client";
import { classes } from "../../parts/classes";
import type { Caption, Side } from "../model/types";
import type { Actions } from "../state/actions";
import type { CaptionsStore } from "../state/store";
import { words } from "../words";
import { FramePicture } from "./frame-picture";
import style from "./strip.module.css";

interface StripProps {
  store: CaptionsStore;
  actions: Actions;
  caption: Caption;
}

/** The frames at both ends, inside and outside beside each other, and the median: they prove the extent and the text. */
export function Strip({ store, actions, caption }: StripProps) {
  const next = store.list.value[store.list.value.indexOf(caption.id) + 1];
  useEffect(() => {
    const row = next === undefined ? undefined : store.captions.peek().get(next);
    // The pictures of the next caption are there before a person goes on to it.
    if (row !== undefined) for (const frame of ends(row)) store.frames.picture(row.track, frame).catch(() => {});
  }, [store, next]);
  return (
    <div class={style.strip}>
      <End store={store} actions={actions} caption={caption} side="start" />
      <End store={store} actions={actions} caption={caption} side="end" />
      <Median store={store} caption={caption} />
    </div>
  );
}

function ends(caption: Caption): number[] {
  return [caption.start_frame - 1, caption.start_frame, caption.end_frame, caption.end_frame + 1].filter(
    (each) => each >= 0,
  );
}

function End({ store, actions, caption, side }: StripProps & { side: Side }) {
  const said = words();
  const places: [string, number][] =
    side === "start"
      ? [
          [said.beforeFirst, caption.start_frame - 1],
          [said.firstFrame, caption.start_frame],
        ]
      : [
          [said.lastFrame, caption.end_frame],
          [said.afterLast, caption.end_frame + 1],
        ];
  const chosen = actions.side.value === side;
  return (
    <fieldset class={classes(style.end, chosen && style.chosen)}>
      <legend>
        <label class={style.side}>
          <input
            type="radio"
            name="end"
            checked={chosen}
            onChange={() => {
              actions.side.value = side;
            }}
          />
          {side === "start" ? said.start : said.end}
        </label>
        <button type="button" class={style.nudge} aria-label={said.earlier} onClick={() => nudge(actions, side, -1)}>
          ◀
        </button>
        <button type="button" class={style.nudge} aria-label={said.later} onClick={() => nudge(actions, side, 1)}>
          ▶
        </button>
      </legend>
      {places.map(([place, frame]) => (
        <figure key={place} class={style.figure}>
          {frame < 0 || frame >= store.clock.value.frameCount ? (
            <span class={style.outside}>{said.noFrame}</span>
          ) : (
            <FramePicture
              frames={store.frames}
              track={caption.track}
              frame={frame}
              ratio={store.ratioOf(caption.track)}
              label={said.frame(place, frame)}
            />
          )}
          <figcaption>{place}</figcaption>
        </figure>
      ))}
    </fieldset>
  );
}

function nudge(actions: Actions, side: Side, frames: number): void {
  actions.side.value = side;
  actions.moveByGrid(frames);
}

/** The median of all frames of the caption, from which its text was read. */
function Median({ store, caption }: { store: CaptionsStore; caption: Caption }) {
  /** Null: there is none. The figure keeps its place while the gateway is asked. */
  const url = useSignal<string | "asked" | null>("asked");
  const { id } = caption;
  // Another extent has another median, and the gateway knows it only when it has the edit.
  const { start_frame, end_frame } = store.server.value.get(id) ?? caption;
  useEffect(() => {
    let shown = true;
    url.value = id < 0 ? null : "asked";
    if (id < 0) return;
    const path = { video_id: store.videoId, caption_id: id };
    answer(api.GET("/videos/{video_id}/captions/{caption_id}/strip", { params: { path } })).then(
      (strip) => {
        if (shown) url.value = strip.median_url;
      },
      // The frames are shown all the same.
      () => {
        if (shown) url.value = null;
      },
    );
    return () => {
      shown = false;
    };
  }, [store, url, id, start_frame, end_frame]);
  if (url.value === null) return null;
  return (
    <figure class={style.median}>
      <div class={style.medianPicture} style={{ aspectRatio: String(store.ratioOf(caption.track)) }}>
        {url.value !== "asked" && <img src={url.value} alt={words().median} />}
      </div>
      <figcaption>{words().median}</figcaption>
    </figure>
  );
}
