import { classes } from "../parts/classes";
import { hueOf, initials } from "./people/names";
import { nameOf } from "./people/people";
import style from "./together.module.css";
import { othersIn, type Visit } from "./visits";
import { words } from "./words";

const MOST_SHOWN = 4;

/** Avatars of the others who have the video open, or who are at one caption of it. */
export function Visitors({ videoId, captionId }: { videoId: string; captionId?: number }) {
  return <VisitList visits={othersIn(videoId, captionId)} atCaption={captionId !== undefined} />;
}

/** Avatars of visits, such as those of a row in the list of videos. */
export function VisitList({ visits, atCaption = false }: { visits: readonly Visit[]; atCaption?: boolean }) {
  if (visits.length === 0) return null;
  const more = visits.length - MOST_SHOWN;
  return (
    <ul class={style.visitors} aria-label={words().here}>
      {visits.slice(0, MOST_SHOWN).map((visit) => (
        <Avatar key={visit.tab} visit={visit} atCaption={atCaption} />
      ))}
      {more > 0 && (
        <li class={style.more} title={words().more(more)}>
          <span aria-hidden="true">+{more}</span>
          <span class="visually-hidden">{words().more(more)}</span>
        </li>
      )}
    </ul>
  );
}

function Avatar({ visit, atCaption }: { visit: Visit; atCaption: boolean }) {
  const name = visit.name ?? nameOf(visit.user_id);
  const said = atCaption ? words().atCaption(name) : visit.working ? words().works(name) : words().looks(name);
  return (
    <li
      class={classes(style.avatar, visit.working && style.working)}
      style={{ "--hue": String(hueOf(visit.user_id)) }}
      title={said}
    >
      <span aria-hidden="true">{initials(name)}</span>
      <span class="visually-hidden">{said}</span>
    </li>
  );
}
