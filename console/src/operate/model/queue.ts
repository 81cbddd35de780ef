/** Which of the waiting work is shown, and what keeps it waiting. */

import type { components } from "../../api/schema";

export type Waiting = components["schemas"]["WaitingWork"];
export type Reason = components["schemas"]["WaitingReason"];

export const REASONS: readonly Reason[] = ["place", "outage", "pause", "tenant_busy", "limit", "budget"];

export interface QueueFilter {
  /** A part of a name or of an id. */
  text: string;
  reason: Reason | null;
  kind: components["schemas"]["JobKind"] | null;
  tier: components["schemas"]["Tier"] | null;
}

export const EVERYTHING: QueueFilter = { text: "", reason: null, kind: null, tier: null };

function holds(row: Waiting, text: string): boolean {
  const shown = [row.job_id, row.video_id, row.tenant_id, "display_name" in row ? row.display_name : null];
  return shown.some((each) =>
    String(each ?? "")
      .toLowerCase()
      .includes(text),
  );
}

export function filtered(rows: readonly Waiting[], filter: QueueFilter): Waiting[] {
  const text = filter.text.trim().toLowerCase();
  return rows.filter(
    (row) =>
      (filter.reason === null || row.waiting.reason === filter.reason) &&
      (filter.kind === null || row.kind === filter.kind) &&
      (filter.tier === null || row.tier === filter.tier) &&
      (text === "" || holds(row, text)),
  );
}

/** How much work waits for each reason; reasons that nothing waits for are left out. */
export function byReason(rows: readonly Waiting[]): [Reason, number][] {
  return REASONS.map((reason): [Reason, number] => [
    reason,
    rows.filter((row) => row.waiting.reason === reason).length,
  ]).filter(([, count]) => count > 0);
}

/** Only jobs that are in the queue have points; other work waits for a limit and has no job yet. */
export function canChangePriority(row: Waiting): boolean {
  return row.job_id !== null;
}
