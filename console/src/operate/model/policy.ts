/** The policy of the queue: its fields, their bounds, and what a change would change. */

import type { components } from "../../api/schema";

export type Policy = components["schemas"]["PriorityPolicy"];
export type Tier = components["schemas"]["Tier"];

export const TIERS: readonly Tier[] = ["free", "premium", "enterprise"];

const PLAIN = [
  "small_video_bonus",
  "small_video_bytes",
  "ageing_per_hour",
  "ageing_cap",
  "max_wait_hours",
  "fair_share_penalty",
] as const;
type Plain = (typeof PLAIN)[number];
export type PolicyField = Plain | Tier;
export const POLICY_FIELDS: readonly PolicyField[] = [...TIERS, ...PLAIN];

const BYTES_PER_MB = 1e6;

/** The bounds of the API, in the unit of the field; sizes are typed in megabytes. */
export function boundsOf(field: PolicyField): { least: number; most: number } {
  switch (field) {
    case "small_video_bytes":
      return { least: 0, most: 9_007_199_254 };
    case "max_wait_hours":
      return { least: 0.001, most: 1_000_000 };
    default:
      return { least: 0, most: 100 };
  }
}

export type PolicyText = Record<PolicyField, string>;

export function amountOf(policy: Policy, field: PolicyField): number {
  switch (field) {
    case "free":
    case "premium":
    case "enterprise":
      return policy.base_scores[field] ?? 0;
    case "small_video_bytes":
      return policy.small_video_bytes / BYTES_PER_MB;
    default:
      return policy[field];
  }
}

export function textOf(policy: Policy): PolicyText {
  return Object.fromEntries(POLICY_FIELDS.map((field) => [field, String(amountOf(policy, field))])) as PolicyText;
}

/** Fields whose text is no number, or one that the API refuses. */
export function wrongFields(text: PolicyText): PolicyField[] {
  return POLICY_FIELDS.filter((field) => {
    const { least, most } = boundsOf(field);
    const value = numberOf(text[field]);
    return !(value >= least && value <= most);
  });
}

function numberOf(text: string): number {
  const trimmed = text.trim().replace(",", ".");
  return trimmed === "" ? Number.NaN : Number(trimmed);
}

/** The policy of the fields; call it when no field is wrong. */
export function policyOf(text: PolicyText): Policy {
  const plain = Object.fromEntries(PLAIN.map((field) => [field, numberOf(text[field])])) as Record<Plain, number>;
  return {
    ...plain,
    base_scores: Object.fromEntries(TIERS.map((tier) => [tier, numberOf(text[tier])])),
    small_video_bytes: Math.round(plain.small_video_bytes * BYTES_PER_MB),
  };
}

export interface Difference {
  field: PolicyField;
  from: number;
  to: number;
}

export function differences(before: Policy, after: Policy): Difference[] {
  return POLICY_FIELDS.map((field) => ({
    field,
    from: amountOf(before, field),
    to: amountOf(after, field),
  })).filter((each) => each.from !== each.to);
}
