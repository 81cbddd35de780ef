/** Limits of a tenant in the units that people read and type. */

import type { components } from "../../api/schema";
import { fromUnit, inUnit, type LimitName } from "../../messages/limits";

export type LimitView = components["schemas"]["LimitView"];
export type Limits = components["schemas"]["Limits"];

export const LIMIT_NAMES: readonly LimitName[] = [
  "videos_per_day",
  "minutes_per_month",
  "stored_bytes",
  "usd_per_month",
  "jobs_waiting",
  "crop_changes_per_hour",
];

const COUNTS: readonly LimitName[] = ["videos_per_day", "jobs_waiting", "crop_changes_per_hour"];

/** The amount as a person would type it, without a group separator or a unit. */
export function typed(name: LimitName, amount: number | null | undefined): string {
  return amount === null || amount === undefined ? "" : String(Number(inUnit(name, amount).toFixed(3)));
}

/** The share of a limit that is used or reserved; null without a limit. A limit of 0 is used up. */
export function share(limit: LimitView): number | null {
  if (limit.allowed === null) return null;
  return limit.allowed === 0 ? 1 : (limit.used + limit.reserved) / limit.allowed;
}

export type Typed = Record<LimitName, string>;

export function typedAll(limits: Limits): Typed {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, typed(name, limits[name])])) as Typed;
}

export interface Entered {
  limits: Limits;
  /** Fields that are no amount. */
  wrong: LimitName[];
}

/** The limits that a person typed; an empty field means the value of the tier. */
export function entered(fields: Typed): Entered {
  const limits: Limits = {};
  const wrong: LimitName[] = [];
  for (const name of LIMIT_NAMES) {
    const text = fields[name].trim().replace(",", ".");
    const amount = Number(text);
    if (text === "") limits[name] = null;
    else if (!Number.isFinite(amount) || amount < 0 || (COUNTS.includes(name) && !Number.isInteger(amount))) {
      wrong.push(name);
    } else limits[name] = fromUnit(name, amount);
  }
  return { limits, wrong };
}
