/**
 * Where a tab keeps its edits until the gateway has them, in the storage of the browser.
 *
 * Each tab has its own drawer, so that two tabs do not send the same edit. A tab holds a lock of the
 * browser with the name of its drawer while it may send; drawers without a lock are those of views that
 * were left and of tabs that were closed or crashed, and the next view of the video takes over what is in them.
 */

import { randomId } from "../../parts/random-id";
import type { Conflict, Edit } from "../model/pending";

export interface Kept {
  pending: Edit[];
  conflicts: Conflict[];
}

export interface Drawer {
  read(): Kept;
  write(kept: Kept): void;
}

export interface OpenDrawer extends Drawer {
  /** Let the next view of the video take over what is still in the drawer. */
  close(): void;
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

const PREFIX = "captionacc.edits.";

/** A drawer of this tab, with what is in the drawers of the person that nobody holds. */
export async function openDrawer(
  videoId: string,
  userId: string,
  store: Store,
  locks: LockManager | undefined,
): Promise<OpenDrawer> {
  // Whoever signs in next on this browser does not send somebody else's edits.
  const prefix = `${PREFIX}${userId}.${videoId}.`;
  const key = prefix + randomId();
  const held = new Set<string>();
  let close = () => {};
  // Pages without a secure context have no locks.
  if (locks !== undefined) {
    await new Promise<void>((ready) => {
      void locks.request(key, () => {
        ready();
        // Held until the drawer is closed, or the tab ends.
        return new Promise<void>((release) => {
          close = release;
        });
      });
    });
    for (const lock of (await locks.query()).held ?? []) if (lock.name !== undefined) held.add(lock.name);
  }
  const drawer = drawerAt(key, store, (other) => other.startsWith(prefix) && other !== key && !held.has(other));
  return { ...drawer, close };
}

/** The drawer `key`, with what is in the drawers that were left, which are removed. */
export function drawerAt(key: string, store: Store, isLeft: (key: string) => boolean): Drawer {
  const drawer: Drawer = {
    read: () => read(store, key),
    write(kept) {
      try {
        if (kept.pending.length === 0 && kept.conflicts.length === 0) store.removeItem(key);
        else store.setItem(key, JSON.stringify(kept));
      } catch {
        // Storage is full or forbidden; the edits are kept until the page is closed.
      }
    },
  };
  const left = Array.from({ length: store.length }, (_, index) => store.key(index)).filter(
    (each) => each !== null && isLeft(each),
  ) as string[];
  if (left.length > 0) {
    const kept = left.map((each) => read(store, each));
    drawer.write({ pending: kept.flatMap((each) => each.pending), conflicts: kept.flatMap((each) => each.conflicts) });
    for (const each of left) store.removeItem(each);
  }
  return drawer;
}

function read(store: Store, key: string): Kept {
  try {
    const kept = JSON.parse(store.getItem(key) ?? "{}");
    return { pending: kept.pending ?? [], conflicts: kept.conflicts ?? [] };
  } catch {
    return { pending: [], conflicts: [] };
  }
}
