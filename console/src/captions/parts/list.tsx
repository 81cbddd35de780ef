import { computed, type Signal, signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { classes } from "../../parts/classes";
import { preciseClock } from "../../parts/format";
import { Visitors } from "../../together/visitors";
import type { Caption } from "../model/types";
import { scrollFor, visible } from "../model/virtual";
import { representativeFrame } from "../pictures/chunks";
import type { CaptionsStore } from "../state/store";
import { words } from "../words";
import { reasonWord } from "./doubt-words";
import { FramePicture } from "./frame-picture";
import style from "./list.module.css";

/** The height of a row in pixels; the style sheet has the same. */
const ROW_HEIGHT = 76;
/** Pictures are loaded when the list has stood still for this long. */
const STILL_MS = 120;

/** Where the list is scrolled to. A step of the scroll that brings no other row into sight draws nothing. */
function placeOf(store: CaptionsStore) {
  const [top, height] = [signal(0), signal(800)];
  const rows = computed(() => visible(top.value, height.value, ROW_HEIGHT, store.list.value.length));
  return {
    top,
    height,
    still: signal(true),
    first: computed(() => rows.value.first),
    end: computed(() => rows.value.end),
  };
}

/** The captions. Only the rows in sight are in the page, so 2,000 scroll like 20. */
export function CaptionRows({ store }: { store: CaptionsStore }) {
  const box = useRef<HTMLDivElement>(null);
  const at = useMemo(() => placeOf(store), [store]);
  const ids = store.list.value;
  const captions = store.captions.value;
  const selected = store.selected.value;
  const index = selected === null ? -1 : ids.indexOf(selected);
  const first = at.first.value;
  const end = at.end.value;

  useEffect(() => {
    const shown = box.current;
    if (shown === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const scrolled = () => {
      at.top.value = shown.scrollTop;
      at.still.value = false;
      clearTimeout(timer);
      timer = setTimeout(() => {
        at.still.value = true;
      }, STILL_MS);
    };
    const sized = new ResizeObserver(() => {
      at.height.value = shown.clientHeight;
    });
    shown.addEventListener("scroll", scrolled, { passive: true });
    sized.observe(shown);
    return () => {
      clearTimeout(timer);
      shown.removeEventListener("scroll", scrolled);
      sized.disconnect();
    };
  }, [at]);

  useLayoutEffect(() => {
    const shown = box.current;
    if (shown === null || index < 0) return;
    const to = scrollFor(index, shown.scrollTop, shown.clientHeight, ROW_HEIGHT);
    if (to !== null) shown.scrollTop = to;
  }, [index]);

  return (
    <div
      ref={box}
      class={style.box}
      role="listbox"
      data-captions-list
      tabIndex={0}
      aria-label={words().list}
      aria-activedescendant={index < 0 ? undefined : `caption-${selected}`}
      aria-multiselectable="true"
    >
      {ids.length === 0 && (
        <p class={style.empty}>{store.captions.value.size === 0 ? words().noneYet : words().noneMatch}</p>
      )}
      <div class={style.all} style={{ height: ids.length * ROW_HEIGHT }} role="presentation">
        {ids.slice(first, end).map((id, offset) => {
          const caption = captions.get(id);
          return caption === undefined ? null : (
            <Row key={id} store={store} caption={caption} index={first + offset} count={ids.length} still={at.still} />
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  store: CaptionsStore;
  caption: Caption;
  index: number;
  count: number;
  still: Signal<boolean>;
}

function Row({ store, caption, index, count, still }: RowProps) {
  const shown = store.selected.value === caption.id;
  const chosen = store.chosen.value.has(caption.id);
  const seen = useRef(false);
  // A picture that was loaded stays; one that is not waits until the list stands still.
  seen.current ||= still.value;
  const choose = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) store.choose(caption.id, event.shiftKey);
    else store.select(caption.id);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
    <div
      id={`caption-${caption.id}`}
      class={classes(
        style.row,
        shown && style.shown,
        chosen && style.chosen,
        caption.state === "confirmed" && style.done,
      )}
      style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
      role="option"
      tabIndex={-1}
      aria-selected={shown || chosen}
      aria-posinset={index + 1}
      aria-setsize={count}
      data-caption={caption.id}
      onClick={choose}
    >
      <span class={style.mark} aria-hidden="true">
        {caption.state === "confirmed" ? "✓" : ""}
      </span>
      <span class={style.thumb}>
        {seen.current && (
          <FramePicture
            frames={store.frames}
            track={caption.track}
            frame={representativeFrame(caption.start_frame, caption.end_frame)}
            ratio={store.ratioOf(caption.track)}
            label=""
            class={style.thumbPicture}
          />
        )}
      </span>
      <span class={style.words}>
        <span class={classes(style.text, caption.text === null && style.none)}>{caption.text ?? words().noText}</span>
        <span class={style.meta}>
          <span class={style.time}>
            {preciseClock(caption.start_seconds)} – {preciseClock(caption.end_seconds)}
          </span>
          {store.trackCount.value > 1 && <span>{words().place(caption.track)}</span>}
          <State store={store} caption={caption} />
          <Visitors videoId={store.videoId} captionId={caption.id} />
        </span>
      </span>
    </div>
  );
}

function State({ store, caption }: { store: CaptionsStore; caption: Caption }) {
  const reasons = store.doubts.value.get(caption.id)?.reasons ?? [];
  return (
    <>
      {store.unsaved.value.has(caption.id) && <span class={style.unsaved}>{words().unsaved}</span>}
      {caption.state === "confirmed" ? (
        <span class="visually-hidden">{words().confirmed}</span>
      ) : (
        reasons.slice(0, 2).map((reason) => (
          <span key={reason} class={style.doubt}>
            {reasonWord(reason)}
          </span>
        ))
      )}
    </>
  );
}
