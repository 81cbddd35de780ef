import { Button } from "../../parts/button";
import type { Conflict } from "../model/pending";
import type { CaptionsStore } from "../state/store";
import { words } from "../words";
import style from "./conflict-panel.module.css";

/** An edit that was refused, with both texts. It stays until the person decides, also after a reload. */
export function ConflictPanel({ store }: { store: CaptionsStore }) {
  const conflicts = store.outbox.conflicts.value;
  const [conflict] = conflicts;
  if (conflict === undefined) return null;
  const said = words();
  const gone = conflict.theirs === null;
  const title = conflict.kind === "refused" ? said.refusedTitle : gone ? said.conflictGone : said.conflictTitle;
  return (
    <section class={style.panel} role="alert" data-conflict>
      <h2>{title}</h2>
      {conflicts.length > 1 && <p>{said.otherConflicts(conflicts.length)}</p>}
      {conflict.kind === "refused" && <p>{conflict.detail}</p>}
      <dl class={style.texts}>
        {conflict.mine !== null && (
          <div>
            <dt>{said.mine}</dt>
            <dd>{conflict.mine}</dd>
          </div>
        )}
        {conflict.theirs !== null && (
          <div>
            <dt>{said.theirs}</dt>
            <dd>{conflict.theirs.text ?? said.noText}</dd>
          </div>
        )}
      </dl>
      <Choices store={store} conflict={conflict} />
    </section>
  );
}

function Choices({ store, conflict }: { store: CaptionsStore; conflict: Conflict }) {
  const changed = conflict.kind === "changed" && conflict.theirs !== null;
  return (
    <p class={style.choices}>
      {(changed || conflict.kind === "refused") && (
        <Button look="main" onClick={() => store.outbox.insist(conflict)}>
          {changed ? words().keepMine : words().tryAgain}
        </Button>
      )}
      <Button onClick={() => store.outbox.giveUp(conflict)}>{changed ? words().keepTheirs : words().discard}</Button>
      {conflict.theirs !== null && (
        <Button look="quiet" onClick={() => store.select(conflict.caption)}>
          {words().showCaption}
        </Button>
      )}
    </p>
  );
}
