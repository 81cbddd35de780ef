import { effect, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { colourChanges } from "../../app/theme";
import { moveToGrid } from "../../captions/model/moves";
import { preciseClock } from "../../parts/format";
import { endAt, panned, type Range, secondsAt, shownAt, zoomed } from "../model/timeline";
import type { Session } from "../session";
import { words } from "../words";
import { type Dragged, draw, heightFor, LANE_HEIGHT, laneTop } from "./drawing";
import { Thumbnails } from "./thumbnails";
import style from "./timeline.module.css";

/** A pointer that moves less than this clicks. */
const CLICK_PIXELS = 4;

interface Drag {
  x: number;
  range: Range;
  /** The end that is held; null: the ground is. */
  end: Dragged | null;
  moved: boolean;
}

/** The captions, gaps and pictures of the video by time. */
export function Timeline({ session }: { session: Session }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const repaint = useSignal(0);
  const drag = useRef<Drag | null>(null);
  const dragged = useSignal<Dragged | null>(null);
  const { store, playhead } = session;
  const thumbnails = useMemo(() => new Thumbnails(store.videoId, () => repaint.value++), [store, repaint]);
  const height = heightFor(store.trackCount.value);

  useEffect(() => {
    // Without pictures, the timeline still has the captions.
    thumbnails.load().catch(() => {});
  }, [thumbnails]);
  useEffect(() => {
    for (let track = 1; track <= store.trackCount.value; track++) void store.presence.load(track);
  }, [store, store.trackCount.value]);

  useEffect(() => {
    const shown = canvas.current;
    if (shown === null) return;
    const sized = new ResizeObserver(() => session.resize(shown.clientWidth));
    sized.observe(shown);
    let frame = 0;
    const end = effect(() => {
      // Reading the signals here draws again when one of them changes.
      const range = session.range.value;
      const width = session.width.value;
      const seconds = playhead.seconds.value;
      repaint.value;
      colourChanges.value;
      const parts = { store, sorted: session.sorted.value, thumbnails, seconds, dragged: dragged.value };
      void store.selected.value;
      void store.presence.levels.value;
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const context = shown.getContext("2d");
        if (context === null || width === 0) return;
        const ratio = devicePixelRatio;
        shown.width = Math.round(width * ratio);
        shown.height = Math.round(height * ratio);
        context.scale(ratio, ratio);
        const computed = getComputedStyle(shown);
        draw({ context, width, height, range, colours: (name) => computed.getPropertyValue(name) }, parts);
      });
    });
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      const { extent, width } = { extent: session.extent.value, width: session.width.value };
      session.range.value = sideways
        ? panned(session.range.value, event.deltaX + event.deltaY, extent, width)
        : zoomed(session.range.value, Math.exp(event.deltaY / 400), event.offsetX, extent, width);
    };
    shown.addEventListener("wheel", wheel, { passive: false });
    return () => {
      end();
      cancelAnimationFrame(frame);
      sized.disconnect();
      shown.removeEventListener("wheel", wheel);
    };
  }, [session, store, playhead, thumbnails, dragged, repaint, height]);

  const captionEnd = (event: PointerEvent) => {
    const lane = session.sorted.value.filter((each) => {
      const top = laneTop(each.track);
      return event.offsetY >= top && event.offsetY < top + LANE_HEIGHT;
    });
    return endAt(lane, event.offsetX, session.range.value);
  };
  const down = (event: PointerEvent) => {
    canvas.current?.setPointerCapture(event.pointerId);
    const end = captionEnd(event);
    const held =
      end === null
        ? null
        : { caption: end.caption.id, side: end.side, seconds: secondsAt(event.offsetX, session.range.value) };
    drag.current = { x: event.offsetX, range: session.range.value, end: held, moved: false };
  };
  const move = (event: PointerEvent) => {
    const held = drag.current;
    const shown = canvas.current;
    if (held === null) {
      if (shown !== null) shown.dataset.over = captionEnd(event) === null ? "" : "end";
      return;
    }
    held.moved ||= Math.abs(event.offsetX - held.x) >= CLICK_PIXELS;
    if (!held.moved) return;
    if (held.end === null) {
      session.range.value = panned(held.range, held.x - event.offsetX, session.extent.value, session.width.value);
      return;
    }
    const caption = store.captions.value.get(held.end.caption);
    const seconds = secondsAt(event.offsetX, session.range.value);
    const fields =
      caption === undefined
        ? null
        : moveToGrid(store.captions.value, caption, held.end.side, seconds, store.clock.value);
    // An end that cannot go further stays where it could go.
    if (fields === null) return;
    const frame = fields.start_frame ?? (fields.end_frame ?? 0) + 1;
    held.end = { ...held.end, seconds: store.clock.value.startSeconds + frame / 10 };
    dragged.value = held.end;
    playhead.seek(held.end.seconds);
  };
  const up = (event: PointerEvent) => {
    const held = drag.current;
    drag.current = null;
    dragged.value = null;
    if (held === null) return;
    if (held.moved && held.end !== null) session.moveEnd(held.end.caption, held.end.side, held.end.seconds);
    else if (!held.moved) session.goTo(secondsAt(event.offsetX, session.range.value));
  };
  const text = shownAt(session.sorted.value, playhead.seconds.value)
    .map((each) => each.text ?? "")
    .join(" ");
  return (
    <canvas
      ref={canvas}
      class={style.timeline}
      style={{ height }}
      role="slider"
      tabIndex={0}
      aria-label={words().timeline}
      aria-valuemin={session.extent.value.start}
      aria-valuemax={session.extent.value.end}
      aria-valuenow={Math.round(playhead.seconds.value * 10) / 10}
      aria-valuetext={words().position(preciseClock(playhead.seconds.value), text)}
      title={words().timelineHow}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={() => {
        drag.current = null;
        dragged.value = null;
      }}
    />
  );
}
