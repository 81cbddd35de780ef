import type { Schemas } from "../api/client";
import { language } from "../app/language";
import type { LimitName } from "./limits";
import type { PolicyField } from "./policy";
import type { Reason } from "./queue";
import { words } from "./words";

/** The sections of the page, which is also the order of their tabs. */
export const SECTIONS = ["queue", "running", "failed", "tenants", "policy", "services"] as const;
export type Section = (typeof SECTIONS)[number];

export const KINDS: readonly Schemas["JobKind"][] = [
  "video_initial_processing",
  "crop_and_infer",
  "caption_ocr",
  "captions_ocr",
];

export function kindName(kind: Schemas["JobKind"]): string {
  const said = words();
  return {
    video_initial_processing: said.videoInitialProcessing,
    crop_and_infer: said.cropAndInfer,
    caption_ocr: said.captionOcr,
    captions_ocr: said.captionsOcr,
  }[kind];
}

export function reasonName(reason: Reason): string {
  const said = words();
  return {
    place: said.placeReason,
    outage: said.outageReason,
    pause: said.pauseReason,
    tenant_busy: said.tenantBusyReason,
    limit: said.limitReason,
    budget: said.budgetReason,
  }[reason];
}

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

export function policyName(field: PolicyField): string {
  const said = words();
  return {
    free: said.free,
    premium: said.premium,
    enterprise: said.enterprise,
    small_video_bonus: said.smallVideoBonus,
    small_video_bytes: said.smallVideoBytes,
    ageing_per_hour: said.ageingPerHour,
    ageing_cap: said.ageingCap,
    max_wait_hours: said.maxWaitHours,
    fair_share_penalty: said.fairSharePenalty,
  }[field];
}

export function serviceName(dependency: Schemas["Dependency"]): string {
  const said = words();
  return {
    database: said.database,
    object_store: said.objectStore,
    compute: said.compute,
    ocr: said.ocr,
  }[dependency];
}

/** Return a moment as people of the page's language write it. */
export function moment(time: string | null): string {
  if (time === null) return "";
  return new Intl.DateTimeFormat(language.value === "zh" ? "zh-CN" : "en-GB", {
    dateStyle: "medium",
    timeStyle: "medium",
  }).format(new Date(time));
}

/** Return an amount with few digits. */
export function amount(value: number): string {
  return new Intl.NumberFormat(language.value === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: 2 }).format(value);
}

/** Enough of an id to tell tenants and workers apart. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
