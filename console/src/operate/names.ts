import type { Schemas } from "../api/client";
import type { PolicyField } from "./model/policy";
import type { Reason } from "./model/queue";
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

/** Enough of an id to tell tenants and workers apart. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
