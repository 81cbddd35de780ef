import { Button } from "../../parts/button";
import { clock } from "../../parts/format";
import type { Fate } from "../model/boxes";
import type { Place } from "../state";
import { words } from "../words";
import style from "./scrubber.module.css";

/** Goes through the stored pictures. The bar shows in which of them text is cut or left out. */
export function Scrubber({ place }: { place: Place }) {
  const frame = place.frame.value;
  const count = place.frames.value.length;
  if (frame === null) return null;
  const { inside, cut, outside } = place.counts.value;
  const time = clock(frame.seconds);
  return (
    <div class={style.scrubber}>
      <div class={style.row}>
        <Button look="quiet" aria-label={words().previous} onClick={() => place.go(place.at.value - 1)}>
          ◀
        </Button>
        <div class={style.track}>
          <Marks place={place} />
          <input
            type="range"
            class={style.range}
            min={0}
            max={count - 1}
            value={place.at.value}
            aria-label={words().time}
            aria-valuetext={words().timeText(time, inside, cut, outside)}
            onInput={(event) => place.go(event.currentTarget.valueAsNumber)}
          />
        </div>
        <Button look="quiet" aria-label={words().next} onClick={() => place.go(place.at.value + 1)}>
          ▶
        </Button>
      </div>
      <p class={style.legend}>
        <span>
          {time} · {words().frameOf(place.at.value + 1, count)}
        </span>
        <button type="button" class={style.inside} disabled={inside === 0} onClick={() => place.seek("inside")}>
          {words().insideCount(inside)}
        </button>
        <button type="button" class={style.cut} onClick={() => place.seek("cut")} title={words().nextCut}>
          {words().cutCount(cut)}
        </button>
        <button type="button" class={style.outside} onClick={() => place.seek("outside")} title={words().nextOutside}>
          {words().outsideCount(outside)}
        </button>
      </p>
    </div>
  );
}

/** One path for each fate: thousands of pictures are still three elements. */
function Marks({ place }: { place: Place }) {
  const fates = place.fates.value;
  // Three rows: a picture may have text of each fate.
  const pathOf = (wanted: Fate, row: number) =>
    fates.flatMap((each, index) => (each.has(wanted) ? [`M${index} ${row}h1v1h-1z`] : [])).join("");
  return (
    <svg class={style.marks} viewBox={`0 0 ${fates.length} 3`} preserveAspectRatio="none" aria-hidden="true">
      {(["inside", "cut", "outside"] as const).map((fate, row) => (
        <path key={fate} class={style[`${fate}Mark`]} d={pathOf(fate, row)} />
      ))}
    </svg>
  );
}
