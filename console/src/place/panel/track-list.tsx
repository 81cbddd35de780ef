import { hasRole } from "../../app/session";
import { Button } from "../../parts/button";
import { classes } from "../../parts/classes";
import { added, changed, first, redone, removed, undone } from "../model/edits";
import { originOf } from "../model/places";
import { freePlace, isVertical, MOST_TRACKS, type Region, type Side, withSide } from "../model/region";
import { placeName, sureness } from "../place-name";
import type { Place } from "../state";
import { words } from "../words";
import style from "./track-list.module.css";

/** The regions as a list: numbers to type, how sure the system is, and how much text each one holds. */
export function TrackList({ place }: { place: Place }) {
  const regions = place.regions.value;
  const { past, future } = place.edits.value;
  const free = freePlace(regions);
  const may = hasRole("annotator");
  return (
    <section class={style.section} aria-labelledby="place-tracks">
      <header class={style.header}>
        <h2 id="place-tracks">{words().tracks}</h2>
        <Button
          look="quiet"
          aria-label={words().undo}
          title={words().undo}
          disabled={past.length === 0}
          onClick={() => place.keep(undone(place.edits.value))}
        >
          ↶
        </Button>
        <Button
          look="quiet"
          aria-label={words().redo}
          title={words().redo}
          disabled={future.length === 0}
          onClick={() => place.keep(redone(place.edits.value))}
        >
          ↷
        </Button>
      </header>
      <p id="place-keys" class="visually-hidden">
        {words().regionKeys}
      </p>
      {regions.length === 0 && <p class={style.quiet}>{words().noTracks}</p>}
      <ol class={style.list}>
        {regions.map((region, index) => (
          <Track key={index} place={place} region={region} index={index} />
        ))}
      </ol>
      {may && (
        <div class={style.actions}>
          <Button
            disabled={free === null || regions.length >= MOST_TRACKS}
            title={regions.length >= MOST_TRACKS ? words().full : undefined}
            onClick={() => free !== null && place.keep(added(place.edits.value, free))}
          >
            + {words().add}
          </Button>
          <Button look="quiet" onClick={place.reset}>
            {words().reset}
          </Button>
        </div>
      )}
    </section>
  );
}

interface TrackProps {
  place: Place;
  region: Region;
  index: number;
}

function Track({ place, region, index }: TrackProps) {
  const number = index + 1;
  const origin = originOf(region, place.places.value);
  const { inside, cut } = place.countsOf(region);
  const isSelected = place.edits.value.selected === index;
  const may = hasRole("annotator");
  return (
    <li class={classes(style.track, isSelected && style.selected)}>
      <h3 class={style.name}>
        <span class={style.number}>{number}</span>
        {placeName(region)}
        {isVertical(region, place.size.value) && <span class={style.badge}>{words().vertical}</span>}
      </h3>
      <p class={style.quiet}>
        {origin === null
          ? words().byHand
          : `${origin.kind === "suggested" ? words().suggested : words().runnerUp}, ${words().sure(sureness(origin.confidence))}`}
        {" · "}
        <span class={cut > 0 ? style.cut : undefined}>{words().holds(inside, cut)}</span>
      </p>
      <Sides place={place} region={region} index={index} />
      {may && (
        <div class={style.actions}>
          <Button look="quiet" aria-label={words().fitTrack(number)} onClick={() => place.fit(index)}>
            {words().fit}
          </Button>
          {index > 0 && (
            <Button look="quiet" onClick={() => place.keep(first(place.edits.value, index))}>
              {words().first}
            </Button>
          )}
          <Button
            look="quiet"
            aria-label={words().removeTrack(number)}
            onClick={() => place.keep(removed(place.edits.value, index))}
          >
            {words().remove}
          </Button>
        </div>
      )}
    </li>
  );
}

/** The sides in per cent of the picture, for people who type. */
function Sides({ place, region, index }: TrackProps) {
  const names: [Side, string][] = [
    ["crop_left", words().left],
    ["crop_top", words().top],
    ["crop_right", words().right],
    ["crop_bottom", words().bottom],
  ];
  const change = (side: Side, value: number) => {
    if (Number.isFinite(value)) {
      place.keep(changed(place.edits.value, index, withSide(region, side, value / 100, place.size.value)));
    }
  };
  return (
    <div class={style.sides}>
      {names.map(([side, name]) => (
        <label key={side}>
          <span aria-hidden="true">{name}</span>
          <input
            type="number"
            min={0}
            max={100}
            step={0.1}
            disabled={!hasRole("annotator")}
            aria-label={words().sideOf(name, index + 1)}
            value={Number((region[side] * 100).toFixed(1))}
            onChange={(event) => change(side, event.currentTarget.valueAsNumber)}
          />
        </label>
      ))}
    </div>
  );
}
