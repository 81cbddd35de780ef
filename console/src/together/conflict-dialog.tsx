import type { CaptionView } from "../api/problems";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { preciseClock } from "../parts/format";
import { Difference } from "./difference";
import { nameOf } from "./people";
import style from "./together.module.css";
import { words } from "./words";

/** A caption that somebody changed while a person typed. */
export interface Conflict {
  /** The text that the person typed. */
  mine: string;
  /** The caption as it is now; null: it no longer exists. */
  theirs: CaptionView | null;
  /** The user who changed it, if an event said so. */
  madeBy?: string | null;
}

export interface ConflictDialogProps {
  conflict: Conflict;
  /** Save the person's text on the present version. */
  onKeepMine: () => void;
  /** Drop the person's text. */
  onTakeTheirs: () => void;
}

/** Shows both texts of a conflict; the person chooses one, and the other stays in the history. */
export function ConflictDialog({ conflict, onKeepMine, onTakeTheirs }: ConflictDialogProps) {
  const { mine, theirs, madeBy } = conflict;
  const title = madeBy ? words().conflictTitleBy(nameOf(madeBy)) : words().conflictTitle;
  const shown = theirs?.text ?? theirs?.caption_ocr ?? "";
  return (
    <Dialog
      title={title}
      onClose={onTakeTheirs}
      closable={false}
      actions={
        <>
          <Button onClick={onTakeTheirs}>{words().takeTheirs}</Button>
          {theirs !== null && (
            <Button look="main" onClick={onKeepMine}>
              {words().keepYours}
            </Button>
          )}
        </>
      }
    >
      <p>{words().conflictHow}</p>
      <dl class={style.texts}>
        <dt>{words().yours}</dt>
        <dd class={style.text}>{mine || words().noText}</dd>
        <dt>
          {words().theirs}
          {theirs !== null && (
            <small>
              {preciseClock(theirs.start_seconds)} – {preciseClock(theirs.end_seconds)}
            </small>
          )}
        </dt>
        <dd>{theirs === null ? words().theirsGone : <Difference before={mine} after={shown} />}</dd>
      </dl>
    </Dialog>
  );
}
