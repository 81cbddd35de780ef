import type { components } from "../api/schema";
import { amount, moment } from "./numbers";
import { words } from "./words";

export type LimitName = components["schemas"]["LimitName"];
export type LimitReached = components["schemas"]["LimitReached"];

export function limitName(name: LimitName): string {
  const said = words();
  return {
    videos_per_day: said.videosPerDay,
    minutes_per_month: said.minutesPerMonth,
    stored_bytes: said.storedBytes,
    usd_per_month: said.usdPerMonth,
    jobs_waiting: said.jobsWaiting,
    crop_changes_per_hour: said.cropChangesPerHour,
  }[name];
}

const BYTES_PER_GB = 1e9;

/** Return an amount of the API in the unit that the name of the limit says. */
export function inUnit(name: LimitName, value: number): number {
  return name === "stored_bytes" ? value / BYTES_PER_GB : value;
}

/** Return an amount of that unit as the API has it. */
export function fromUnit(name: LimitName, value: number): number {
  return name === "stored_bytes" ? Math.round(value * BYTES_PER_GB) : value;
}

/** Say which limit is reached, and when there is room again. */
export function limitSentence({ name, allowed, used, reserved, free_at }: LimitReached): string {
  const shown = (value: number) => amount(inUnit(name, value));
  const sentence = words().limit(limitName(name), shown(allowed), shown(used + reserved));
  return free_at === null ? sentence : `${sentence} ${words().freeAt(moment(free_at))}`;
}
