// A program of the web app: it compiles only while the document names what the gateway sends.
import type { components, operations } from "./client";

type Problem = components["schemas"]["Problem"];
type VideoStatus = components["schemas"]["VideoStatus"];
type Answers = operations["approveLayout"]["responses"];

// Each status has its own text, and a new status does not compile until it has one too.
const LABELS: Record<VideoStatus, string> = {
  uploaded: "Uploaded",
  queued: "Waits",
  processing: "Is read",
  active: "Ready",
  error: "Failed",
};

export function label(video: components["schemas"]["VideoSummary"]): string {
  // @ts-expect-error a video is never in such a status
  if (video.status === "finished") return "";
  return `${video.display_name}: ${LABELS[video.status]}`;
}

// Every problem is application/problem+json with the same fields, whatever its status.
export function advice(
  problem: Answers[401 | 403 | 404 | 409 | 413 | 415 | 422 | 503]["content"]["application/problem+json"],
): string {
  const same: Problem = problem;
  switch (same.code) {
    case "state_conflict":
      return "Reload the video.";
    case "crop_region_invalid":
      return "Draw the region again.";
    // @ts-expect-error there is no such code
    case "no_such_code":
      return "";
    default:
      return same.detail;
  }
}

// @ts-expect-error the route that lists videos sends no 409
export type NoConflict = operations["listVideos"]["responses"][409];

type Query = NonNullable<operations["listVideos"]["parameters"]["query"]>;

export async function failed(url: string, token: string): Promise<string[]> {
  const query: Query = { status: ["error"], order: "-uploaded_at", limit: 50 };
  // @ts-expect-error there is no such order
  query.order = "size";
  const search = new URLSearchParams({ status: "error", limit: String(query.limit) });
  const names: string[] = [];
  let address: string | null = `/videos?${search}`;
  while (address !== null) {
    const answer: Response = await fetch(url + address, {
      headers: { Authorization: `Bearer ${token}` },
    });
    if (!answer.ok) throw new Error(((await answer.json()) as Problem).detail);
    const page = (await answer.json()) as components["schemas"]["VideoList"];
    names.push(...page.videos.map(label));
    address = page.next;
  }
  return names;
}

// A body with a field too many does not compile.
export const layout: components["schemas"]["ApproveLayout"] = {
  crop_region: { crop_left: 0.1, crop_top: 0.8, crop_right: 0.9, crop_bottom: 0.95 },
};

// The messages of the live stream are told apart by their kind.
type Message = operations["streamEvents"]["responses"][200]["content"]["text/event-stream"];

export function captionsOf(message: Message): number[] | null {
  if (!("kind" in message)) return null;
  switch (message.kind) {
    case "captions.changed":
      return message.data.caption_ids ?? [];
    case "video.progress":
      return Array.from({ length: message.data.total }, (_, index) => index);
    default:
      return null;
  }
}
