import type { Place } from "./state";
import style from "./track-list.module.css";
import { words } from "./words";

/** What the system wants a person to look at. */
export function Notes({ place }: { place: Place }) {
  const notes = place.video.value?.notes ?? [];
  if (notes.length === 0) return null;
  return (
    <section class={style.section} aria-labelledby="place-notes">
      <h2 id="place-notes">{words().notes}</h2>
      <ul class={style.list}>
        {notes.map(({ message, start_seconds }) => (
          <li key={message}>
            {start_seconds === null ? (
              <p>{message}</p>
            ) : (
              <button type="button" class={style.text} onClick={() => place.goToSeconds(start_seconds)}>
                {message}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
