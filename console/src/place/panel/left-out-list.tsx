import { classes } from "../../parts/classes";
import type { Place } from "../state";
import { words } from "../words";
import style from "./track-list.module.css";

/** More texts than a person reads through; the most frequent ones are first. */
const MOST_TEXTS = 20;

/** Text that the regions would cut or leave out; a click shows where. */
export function LeftOutList({ place }: { place: Place }) {
  const texts = place.leftOut.value;
  return (
    <section class={style.section} aria-labelledby="place-left-out">
      <h2 id="place-left-out">{words().leftOut}</h2>
      {texts.length === 0 && <p class={style.quiet}>{words().nothingLeftOut}</p>}
      <ul class={style.list}>
        {texts.slice(0, MOST_TEXTS).map(({ text, fate, frames }) => (
          <li key={`${fate} ${text}`}>
            <button type="button" class={style.text} onClick={() => place.goToFrame(frames[0] ?? 0)}>
              <span dir="auto">{text || "…"}</span>
              <span class={classes(style.quiet, fate === "cut" && style.cut)}>
                {fate === "cut" ? words().cut : words().outside}, {words().inFrames(frames.length)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {texts.length > MOST_TEXTS && <p class={style.quiet}>{words().more(texts.length - MOST_TEXTS)}</p>}
    </section>
  );
}
