import { noteSentence } from "../note-sentence";
import type { Place } from "../state";
import { words } from "../words";
import style from "./track-list.module.css";

/** What the system wants a person to look at. */
export function Notes({ place }: { place: Place }) {
  const notes = place.video.value?.notes ?? [];
  if (notes.length === 0) return null;
  return (
    <section class={style.section} aria-labelledby="place-notes">
      <h2 id="place-notes">{words().notes}</h2>
      <ul class={style.list}>
        {notes.map((note) => {
          const { message, start_seconds } = note;
          return (
            <li key={message}>
              {start_seconds === null ? (
                <p>{noteSentence(note)}</p>
              ) : (
                <button type="button" class={style.text} onClick={() => place.goToSeconds(start_seconds)}>
                  {noteSentence(note)}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
