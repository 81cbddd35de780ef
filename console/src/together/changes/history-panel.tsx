import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { answer, api } from "../../api/client";
import { listen } from "../../api/events";
import { sentenceOf } from "../../api/problems";
import { language } from "../../app/language";
import { hasRole } from "../../app/session";
import { toast } from "../../app/toasts";
import { Button } from "../../parts/button";
import { preciseClock } from "../../parts/format";
import { moment } from "../moments";
import { nameOf } from "../people/people";
import style from "../together.module.css";
import { words } from "../words";
import { type Change, confirmation, moved, type RowChange, rowsOf, textOf, undoable, withNewest } from "./changes";
import { Difference } from "./difference";

const PAGE = 20;
/** The gateway gives no more at once. */
const MOST = 100;
const ROWS_SHOWN = 5;

export interface HistoryPanelProps {
  videoId: string;
  /** Only the changes of this caption. */
  captionId?: number;
}

/** What people changed in a video or in one caption of it, newest first, each with a button that takes it back. */
export function HistoryPanel({ videoId, captionId }: HistoryPanelProps) {
  const changes = useSignal<Change[] | null>(null);
  const older = useSignal<number | null>(null);
  const problem = useSignal<unknown>(null);

  const latest = useRef(0);

  const load = async (before: number | null) => {
    latest.current += 1;
    const own = latest.current;
    // As many as are shown are read again, since an undo changes an older one too.
    const limit = before === null ? Math.min(MOST, Math.max(PAGE, changes.value?.length ?? 0)) : PAGE;
    const query = { limit, ...(before !== null && { before }), ...(captionId && { caption_id: captionId }) };
    try {
      const params = { path: { video_id: videoId }, query };
      const page = await answer(api.GET("/videos/{video_id}/captions/history", { params }));
      // An answer to an earlier question must not replace that to a later one.
      if (own !== latest.current) return;
      const known = changes.value ?? [];
      const shown = before === null ? withNewest(known, page.changes) : [...known, ...page.changes];
      changes.value = shown;
      // Below older pages that stay, the next page is still the same.
      if (before !== null || shown.length === page.changes.length) older.value = page.next_before;
      problem.value = null;
    } catch (error) {
      problem.value = error;
    }
  };

  useEffect(() => {
    changes.value = null;
    void load(null);
    return listen({
      event: (event) => {
        const touches =
          event.kind === "captions.changed" && (!captionId || event.data.caption_ids?.includes(captionId));
        if (event.video_id === videoId && (touches || event.kind === "captions.replaced")) void load(null);
      },
      snapshot: () => void load(null),
    });
  }, [videoId, captionId]);

  const undo = async (number: number) => {
    try {
      const path = { video_id: videoId, number };
      await answer(api.POST("/videos/{video_id}/captions/history/{number}/undo", { params: { path } }));
      toast({ text: words().changed, tone: "good" });
      await load(null);
    } catch (error) {
      toast({ text: sentenceOf(error), tone: "bad" });
    }
  };

  return (
    <section class={style.panel} aria-label={words().history}>
      {problem.value !== null && <p role="alert">{sentenceOf(problem.value)}</p>}
      {changes.value?.length === 0 && <p class={style.quiet}>{words().historyEmpty}</p>}
      <ol class={style.list}>
        {changes.value?.map((change) => (
          <ChangeItem
            key={change.number}
            change={change}
            captionId={captionId}
            onUndo={() => void undo(change.number)}
          />
        ))}
      </ol>
      {older.value !== null && <Button onClick={() => void load(older.value)}>{words().older}</Button>}
    </section>
  );
}

interface ChangeItemProps {
  change: Change;
  captionId: number | undefined;
  onUndo: () => void;
}

function ChangeItem({ change, captionId, onUndo }: ChangeItemProps) {
  const rows = rowsOf(change, captionId);
  const said = kindOf(change);
  return (
    <li class={style.item}>
      <header class={style.head}>
        <span>
          <strong>{said}</strong>
          <small>{words().by(nameOf(change.made_by), moment(change.made_at, language.value))}</small>
        </span>
        {change.undone_by !== null && <small class={style.quiet}>{words().undoneBy(change.undone_by)}</small>}
        {undoable(change) && hasRole("annotator") && (
          <Button look="quiet" aria-label={words().undoOf(`${said} (${change.number})`)} onClick={onUndo}>
            {words().undo}
          </Button>
        )}
      </header>
      {rows.slice(0, ROWS_SHOWN).map((row) => (
        <Row key={row.id} row={row} />
      ))}
      {change.caption_count > ROWS_SHOWN && captionId === undefined && (
        <small class={style.quiet}>{words().andRows(change.caption_count - ROWS_SHOWN)}</small>
      )}
    </li>
  );
}

function Row({ row }: { row: RowChange }) {
  const { before, after } = row;
  const at = after ?? before;
  const confirmed = confirmation(row);
  return (
    <p class={style.row}>
      {at !== null && <small>{preciseClock(at.start_seconds)}</small>}
      <Difference before={textOf(before)} after={textOf(after)} />
      {before !== null && after !== null && moved(row) && <small>{words().moved(extent(before), extent(after))}</small>}
      {confirmed !== null && <small>{confirmed ? words().confirmed : words().unconfirmed}</small>}
    </p>
  );
}

function extent(caption: { start_seconds: number; end_seconds: number }): string {
  return `${preciseClock(caption.start_seconds)}–${preciseClock(caption.end_seconds)}`;
}

function kindOf(change: Change): string {
  if (change.undoes !== null) return words().undidChange(change.undoes);
  switch (change.kind) {
    case "edits":
      return words().edits(change.caption_count);
    case "undo":
      return words().undone;
    default:
      return words()[change.kind];
  }
}
