/**
 * Which change of the history Ctrl-Z takes back, and which one is done again.
 *
 * An undo is a change too, and undoing it does the change again. So a change of a person is the
 * first of a chain, and its last member says whether the change is in effect. The history of the
 * gateway is the only memory: it works after a reload, too.
 */

import type { Change } from "./types";

interface Chain {
  /** The change of a person, which is no undo. */
  root: Change;
  /** The latest member: undoing it turns the effect over. */
  tip: number;
  inEffect: boolean;
}

type Link = Pick<Change, "number" | "undone_by">;

function chains(history: readonly Change[]): Chain[] {
  const byNumber = new Map<number, Link>(history.map((each) => [each.number, each]));
  return history
    .filter((each) => each.undoes === null)
    .map((root) => {
      let tip: Link = root;
      let inEffect = true;
      for (let next = tip.undone_by; next !== null; next = tip.undone_by) {
        const undo = byNumber.get(next);
        inEffect = !inEffect;
        if (undo === undefined) break;
        tip = undo;
      }
      return { root, tip: tip.number, inEffect };
    });
}

/** The number of the change to undo, so that the latest change of a person is taken back. */
export function toUndo(history: readonly Change[], user: string | null): number | null {
  const own = chains(history).filter((each) => each.inEffect && (user === null || each.root.made_by === user));
  return (
    own.reduce<Chain | null>(
      (latest, each) => (latest === null || each.root.number > latest.root.number ? each : latest),
      null,
    )?.tip ?? null
  );
}

/** The number of the undo to undo, so that the change that was last taken back is done again. */
export function toRedo(history: readonly Change[], user: string | null): number | null {
  const own = chains(history).filter((each) => user === null || each.root.made_by === user);
  const undone = own.filter((each) => !each.inEffect && each.tip !== each.root.number);
  const last = undone.reduce<Chain | null>(
    (latest, each) => (latest === null || each.tip > latest.tip ? each : latest),
    null,
  );
  // A newer change of the person ends what can be done again, as in every editor.
  if (last === null || own.some((each) => each.inEffect && each.root.number > last.tip)) return null;
  return last.tip;
}
