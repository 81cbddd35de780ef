import { useRef, useState } from "preact/hooks";
import { hasRole } from "../../app/session";
import { clock } from "../../parts/format";
import { fateOf, regionOf } from "../model/boxes";
import { added } from "../model/edits";
import { drawn, MOST_TRACKS, type Point, type Region } from "../model/region";
import type { Place } from "../state";
import { words } from "../words";
import style from "./picture.module.css";
import { frameStyle } from "./rectangle";
import { RegionBox } from "./region-box";

/** The picture of the video, with the detected text, the regions, and the places that are not taken. */
export function Picture({ place }: { place: Place }) {
  const frame = place.frame.value;
  const { width, height } = place.size.value;
  const own = useRef<HTMLDivElement>(null);
  const drawing = useDrawing(place, own);
  if (frame === null) return null;
  return (
    <div
      ref={own}
      class={style.picture}
      data-picture
      style={{ aspectRatio: `${width} / ${height}`, maxWidth: `calc(70vh * ${width / height})` }}
      {...drawing.handlers}
    >
      <img
        class={style.image}
        src={frame.url}
        alt={words().picture(clock(frame.seconds))}
        draggable={false}
        onError={place.renewFrames}
      />
      {place.shownBoxes.value.map((box) => (
        <div
          key={box.box_index}
          class={style.box}
          data-fate={fateOf(box, place.regions.value)}
          title={box.text}
          style={frameStyle(regionOf(box))}
        />
      ))}
      {place.openPlaces.value.map((each) => (
        <div key={JSON.stringify(each.region)} class={style.ghost} style={frameStyle(each.region)} />
      ))}
      {place.regions.value.map((region, index) => (
        <RegionBox key={index} place={place} region={region} index={index} />
      ))}
      {drawing.region !== null && <div class={style.drawing} style={frameStyle(drawing.region)} />}
    </div>
  );
}

/** A mouse or pen draws another region on the picture. A finger scrolls the page there. */
function useDrawing(place: Place, own: { current: HTMLDivElement | null }) {
  const [from, setFrom] = useState<Point | null>(null);
  const [region, setRegion] = useState<Region | null>(null);
  const end = () => {
    setFrom(null);
    setRegion(null);
  };
  const point = (event: PointerEvent): Point => {
    const area = own.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
    return { x: (event.clientX - area.left) / area.width, y: (event.clientY - area.top) / area.height };
  };
  const handlers = {
    onPointerDown: (event: PointerEvent) => {
      const isFree = place.regions.value.length < MOST_TRACKS && hasRole("annotator");
      if (!isFree || event.button !== 0 || event.pointerType === "touch") return;
      own.current?.setPointerCapture(event.pointerId);
      setFrom(point(event));
    },
    onPointerMove: (event: PointerEvent) => {
      if (from !== null) setRegion(drawn(from, point(event), place.size.value));
    },
    onPointerUp: () => {
      if (region !== null) place.keep(added(place.edits.value, region));
      end();
    },
    onPointerCancel: end,
  };
  return { region, handlers };
}
