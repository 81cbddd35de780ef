import { hasRole } from "../../app/session";
import { Button } from "../../parts/button";
import { added } from "../model/edits";
import { MOST_TRACKS } from "../model/region";
import { placeName, sureness } from "../place-name";
import type { Place } from "../state";
import { words } from "../words";
import style from "./track-list.module.css";

/** Places that the system found and that no region covers; each is one click away. */
export function OtherPlaces({ place }: { place: Place }) {
  const others = place.openPlaces.value;
  const isFull = place.regions.value.length >= MOST_TRACKS || !hasRole("annotator");
  return (
    <section class={style.section} aria-labelledby="place-others">
      <h2 id="place-others">{words().others}</h2>
      {others.length === 0 && <p class={style.quiet}>{words().noOthers}</p>}
      <ul class={style.list}>
        {others.map((other) => (
          <li key={JSON.stringify(other.region)} class={style.other}>
            <span>
              {placeName(other.region)}
              <span class={style.quiet}> · {words().sure(sureness(other.confidence))}</span>
            </span>
            <Button
              disabled={isFull}
              aria-label={words().addAt(placeName(other.region), sureness(other.confidence))}
              onClick={() => place.keep(added(place.edits.value, other.region))}
            >
              +
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
