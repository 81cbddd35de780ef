import { missing } from "../../captions/model/presence";
import { gapsOf, startSecondsOf } from "../../captions/model/rows";
import type { Caption, Side } from "../../captions/model/types";
import type { CaptionsStore } from "../../captions/state/store";
import { preciseClock, clock as shortClock } from "../../parts/format";
import { bands, pixelsOf } from "../model/presence";
import { inSight, type Range, ticks, xOf } from "../model/timeline";
import type { Thumbnails } from "./thumbnails";

export const SCALE_HEIGHT = 22;
export const THUMBNAILS_HEIGHT = 48;
export const LANE_HEIGHT = 54;
const MARGIN = 4;
/** The strip below the captions of a lane, which shows where the model saw text. */
const PRESENCE_HEIGHT = 8;
const CAPTION_HEIGHT = LANE_HEIGHT - PRESENCE_HEIGHT - 2 * MARGIN;

export interface Drawing {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
  range: Range;
  colours: (name: string) => string;
}

/** Where a drag holds an end now. */
export interface Dragged {
  caption: number;
  side: Side;
  seconds: number;
}

export interface Shown {
  store: CaptionsStore;
  sorted: readonly Caption[];
  thumbnails: Thumbnails;
  seconds: number;
  dragged: Dragged | null;
}

/** Where the lane of a track begins. */
export function laneTop(track: number): number {
  return SCALE_HEIGHT + THUMBNAILS_HEIGHT + MARGIN + (track - 1) * LANE_HEIGHT;
}

export function heightFor(trackCount: number): number {
  return laneTop(trackCount + 1) + MARGIN;
}

export function draw(drawing: Drawing, shown: Shown): void {
  const { context, width, height, colours } = drawing;
  context.clearRect(0, 0, width, height);
  context.fillStyle = colours("--surface");
  context.fillRect(0, 0, width, height);
  drawThumbnails(drawing, shown.thumbnails);
  drawScale(drawing);
  for (let track = 1; track <= shown.store.trackCount.value; track++) {
    drawGaps(drawing, shown.store, track);
    drawPresence(drawing, shown.store, track);
  }
  for (const caption of inSight(shown.sorted, drawing.range, width)) drawCaption(drawing, shown, caption);
  context.fillStyle = colours("--bad");
  context.fillRect(Math.round(xOf(shown.seconds, drawing.range)) - 1, 0, 2, height);
}

function drawScale({ context, width, range, colours }: Drawing): void {
  context.fillStyle = colours("--text-2");
  context.strokeStyle = colours("--line");
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (const seconds of ticks(range, width)) {
    const x = Math.round(xOf(seconds, range)) + 0.5;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, SCALE_HEIGHT);
    context.stroke();
    const whole = Math.abs(seconds - Math.round(seconds)) < 1e-6;
    context.fillText(whole ? shortClock(seconds) : preciseClock(seconds).slice(0, -2), x + 4, SCALE_HEIGHT / 2);
  }
}

function drawThumbnails({ context, width, range }: Drawing, thumbnails: Thumbnails): void {
  for (let x = 0; x < width; ) {
    const image = thumbnails.at(range.start + x * range.secondsPerPixel);
    const wide = image === null ? 85 : (image.naturalWidth / image.naturalHeight) * THUMBNAILS_HEIGHT;
    if (image !== null) context.drawImage(image, x, SCALE_HEIGHT, wide, THUMBNAILS_HEIGHT);
    x += wide;
  }
}

function drawGaps({ context, range, colours }: Drawing, store: CaptionsStore, track: number): void {
  const clock = store.clock.value;
  context.fillStyle = colours("--surface-2");
  for (const gap of gapsOf(store.captions.value, track, clock)) {
    const [from, to] = [
      xOf(startSecondsOf(gap.start_frame, clock), range),
      xOf(startSecondsOf(gap.end_frame + 1, clock), range),
    ];
    context.fillRect(from, laneTop(track) + CAPTION_HEIGHT / 2 - 2, to - from, 4);
  }
}

/** Darker where the model is surer of text; in the colour of a warning where no caption stands there. */
function drawPresence({ context, width, range, colours }: Drawing, store: CaptionsStore, track: number): void {
  const levels = store.presence.of(track);
  if (levels === "") return;
  const clock = store.clock.value;
  const top = laneTop(track) + CAPTION_HEIGHT + MARGIN;
  const frameAt = (seconds: number) => Math.floor((seconds - clock.startSeconds) * 10 + 1e-6);
  context.fillStyle = colours("--text-2");
  for (const { x, width: wide, level } of bands(levels, range, width, frameAt)) {
    context.globalAlpha = level / 9;
    context.fillRect(x, top, wide, PRESENCE_HEIGHT);
  }
  context.globalAlpha = 1;
  context.fillStyle = colours("--bad");
  for (const stretch of missing(levels, gapsOf(store.captions.value, track, clock))) {
    const { x, width: wide } = pixelsOf(stretch, range, (frame) => startSecondsOf(frame, clock));
    context.fillRect(x, top, wide, PRESENCE_HEIGHT);
  }
}

function drawCaption({ context, range, colours }: Drawing, { store, dragged }: Shown, caption: Caption): void {
  const held = dragged?.caption === caption.id ? dragged : null;
  const start = held?.side === "start" ? held.seconds : caption.start_seconds;
  const end = held?.side === "end" ? held.seconds : caption.end_seconds;
  const x = xOf(start, range);
  const wide = Math.max(1, xOf(end, range) - x);
  const top = laneTop(caption.track);
  const selected = store.selected.value === caption.id;
  const confirmed = caption.state === "confirmed";
  context.fillStyle = colours(selected ? "--accent-soft" : confirmed ? "--good-soft" : "--warn-soft");
  context.strokeStyle = colours(selected ? "--accent" : confirmed ? "--good" : "--warn");
  context.lineWidth = selected ? 2 : 1;
  context.beginPath();
  context.roundRect(x + 0.5, top + 0.5, wide - 1, CAPTION_HEIGHT, 3);
  context.fill();
  context.stroke();
  // Narrower than a few letters, a text would say nothing.
  if (wide < 24) return;
  context.save();
  context.clip();
  context.fillStyle = colours("--text");
  context.font = "13px system-ui, sans-serif";
  context.textBaseline = "middle";
  const lines = (caption.text ?? "").split("\n").slice(0, 2);
  lines.forEach((line, index) => {
    const y = top + CAPTION_HEIGHT / 2 + (index - (lines.length - 1) / 2) * 15;
    context.fillText(line, Math.max(x, 0) + 5, y);
  });
  context.restore();
}
