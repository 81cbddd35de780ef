import type { Schemas } from "../../api/client";

/** A step of the review, as its route is named. */
export type Step = "request" | "accept" | "send-back" | "reopen";

/** Return the steps that make sense now for a person with these roles. Pure. */
export function stepsFor(
  review: Pick<Schemas["ReviewSummary"], "state" | "changed_since"> | null,
  roles: { annotator: boolean; reviewer: boolean },
): Step[] {
  const again = review === null || review.changed_since;
  const steps: Step[] = [];
  if (roles.annotator && (again || review.state === "sent_back" || review.state === "reopened")) steps.push("request");
  if (!roles.reviewer) return steps;
  if (review !== null && review.state !== "reopened") steps.push("reopen");
  if (again || review.state !== "sent_back") steps.push("send-back");
  if (again || review.state !== "accepted") steps.push("accept");
  return steps;
}
