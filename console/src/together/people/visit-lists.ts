import type { Schemas } from "../../api/client";

/** Where a person is in a video. */
export interface Where {
  view: "place" | "captions" | "watch" | "export";
  captionId?: number | null | undefined;
  /** Whether the person changes something, and does not only look. */
  working?: boolean;
}

type Visit = Schemas["VisitView"];

/** Return the visits of other tabs, one per person: where the person works, else where the person came last. */
export function othersAt(all: readonly Visit[], ownTab: string, captionId?: number): Visit[] {
  const byPerson = new Map<string, Visit>();
  for (const visit of all) {
    if (visit.tab === ownTab || (captionId !== undefined && visit.caption_id !== captionId)) continue;
    const known = byPerson.get(visit.user_id);
    if (known === undefined || visit.working || !known.working) byPerson.set(visit.user_id, visit);
  }
  return [...byPerson.values()];
}
