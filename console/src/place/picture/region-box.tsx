import { useRef } from "preact/hooks";
import { hasRole } from "../../app/session";
import { classes } from "../../parts/classes";
import { changed, settled, shown } from "../model/edits";
import { pressed } from "../model/keys";
import { HANDLES, type Handle, moved, type Point, type Region, resized } from "../model/region";
import { placeName } from "../place-name";
import type { Place } from "../state";
import { words } from "../words";
import style from "./picture.module.css";
import { frameStyle } from "./rectangle";

interface RegionBoxProps {
  place: Place;
  region: Region;
  index: number;
}

/** A region on the picture. It moves by its area and resizes by eight handles; keys do both. */
export function RegionBox({ place, region, index }: RegionBoxProps) {
  const drag = useDrag(place, index);
  const isSelected = place.edits.value.selected === index;
  const select = () => {
    if (!isSelected) place.edits.value = { ...place.edits.value, selected: index };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = hasRole("annotator") ? pressed(region, event, place.size.value) : null;
    if (next === null) return;
    event.preventDefault();
    place.keep(changed(place.edits.value, index, next));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be dragged over a picture.
    <div
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the region that has the focus.
      tabIndex={0}
      class={classes(style.region, isSelected && style.selected)}
      style={frameStyle(region)}
      aria-label={words().region(index + 1, placeName(region))}
      aria-describedby="place-keys"
      onFocus={select}
      onKeyDown={onKeyDown}
      {...drag(null)}
    >
      <span class={style.number} aria-hidden="true">
        {index + 1}
      </span>
      {HANDLES.map((handle) => (
        <span key={handle} class={style.handle} data-handle={handle} {...drag(handle)} />
      ))}
    </div>
  );
}

interface Drag {
  from: Point;
  region: Region;
  regions: readonly Region[];
  area: DOMRect;
}

/** Returns the handlers of one drag: of a handle, or of the whole region. */
function useDrag(place: Place, index: number) {
  const drag = useRef<Drag | null>(null);
  const move = (handle: Handle | null, event: PointerEvent) => {
    if (drag.current === null) return;
    event.stopPropagation();
    const { from, region, area } = drag.current;
    const by = { x: (event.clientX - from.x) / area.width, y: (event.clientY - from.y) / area.height };
    const next = handle === null ? moved(region, by) : resized(region, handle, by, place.size.value);
    place.edits.value = shown(place.edits.value, index, next);
  };
  const end = (event: Event) => {
    if (drag.current === null) return;
    event.stopPropagation();
    place.keep(settled(place.edits.value, drag.current.regions));
    drag.current = null;
    place.held.value = false;
  };
  return (handle: Handle | null) => ({
    onPointerDown: (event: PointerEvent) => {
      event.stopPropagation();
      const element = event.currentTarget as HTMLElement;
      const picture = element.closest("[data-picture]");
      const region = place.regions.value[index];
      if (event.button !== 0 || picture === null || region === undefined || !hasRole("annotator")) return;
      element.setPointerCapture(event.pointerId);
      place.held.value = true;
      drag.current = {
        from: { x: event.clientX, y: event.clientY },
        region,
        regions: place.regions.value,
        area: picture.getBoundingClientRect(),
      };
    },
    onPointerMove: (event: PointerEvent) => move(handle, event),
    onPointerUp: end,
    onPointerCancel: end,
  });
}
