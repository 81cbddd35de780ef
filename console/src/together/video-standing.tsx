import type { Schemas } from "../api/client";
import { classes } from "../parts/classes";
import { nameOf } from "./people/people";
import style from "./together.module.css";
import { VisitList } from "./visitors";
import { othersIn } from "./visits";
import { words } from "./words";

/** What others do with a video, for its row in a list: its review, open comments, and who has it open now. */
export function VideoStanding({ video }: { video: Schemas["VideoSummary"] }) {
  const { review, open_comments: comments } = video;
  return (
    <div class={style.bar}>
      {review != null && (
        <span class={classes(style.badge, style[review.state])} title={review.comment ?? nameOf(review.made_by)}>
          {words()[review.state]}
        </span>
      )}
      {review?.changed_since && <small class={style.warn}>{words().changedSince}</small>}
      {comments !== undefined && comments > 0 && <small>{words().commentsOpen(comments)}</small>}
      <VisitList visits={othersIn(video.id)} />
    </div>
  );
}
