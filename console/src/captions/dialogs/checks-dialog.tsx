import { Dialog } from "../../parts/dialog";
import { preciseClock } from "../../parts/format";
import { findingsOf } from "../model/checks";
import { byTime } from "../model/rows";
import type { Caption } from "../model/types";
import { findingSentence } from "../parts/doubt-words";
import type { CaptionsStore } from "../state/store";
import { words } from "../words";
import style from "./checks-dialog.module.css";

/** More findings than a person looks through at a time. */
const MOST_SHOWN = 200;

/** What the checks found in all captions; a finding leads to its caption. */
export function ChecksDialog({ store, onClose }: { store: CaptionsStore; onClose: () => void }) {
  const before = new Map<number, Caption>();
  const found = byTime(store.captions.value).flatMap((caption) => {
    const findings = findingsOf(caption, before.get(caption.track) ?? null);
    before.set(caption.track, caption);
    return findings.length === 0 ? [] : [{ caption, findings }];
  });
  return (
    <Dialog title={words().checksTitle} wide onClose={onClose}>
      <p>{words().checksHow}</p>
      {found.length === 0 && <p>{words().checksNone}</p>}
      <ul class={style.list}>
        {found.slice(0, MOST_SHOWN).map(({ caption, findings }) => (
          <li key={caption.id}>
            <button
              type="button"
              class={style.finding}
              onClick={() => {
                store.select(caption.id);
                onClose();
              }}
            >
              <span class={style.time}>{preciseClock(caption.start_seconds)}</span> {caption.text ?? words().noText}
            </button>
            <p class={style.why}>{findings.map(findingSentence).join(" ")}</p>
          </li>
        ))}
      </ul>
      {found.length > MOST_SHOWN && <p>{words().shown(MOST_SHOWN)}</p>}
    </Dialog>
  );
}
