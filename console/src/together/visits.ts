import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { answer, api, GATEWAY, type Schemas } from "../api/client";
import { listen } from "../api/events";
import { signedIn, token } from "../app/session";
import { randomId } from "../parts/random-id";
import { othersAt, type Where } from "./people/visit-lists";

export type Visit = Schemas["VisitView"];

/** Who has which video of the tenant open now, as the stream last said. */
export const visits = signal<Readonly<Record<string, readonly Visit[]>>>({});

// One per page: a duplicated tab would share what sessionStorage holds.
const TAB = randomId();
// A person who steps through captions with the arrows is told once a second.
const TELL_AGAIN_MS = 1000;
const FIRST_REPEAT_S = 15;

/** Return the other people, or other tabs of one's own, that have a video open. */
export function othersIn(videoId: string, captionId?: number): Visit[] {
  return othersAt(visits.value[videoId] ?? [], TAB, captionId);
}

/** Tell others that this page shows a video, while the component is shown and the page is visible. */
export function useVisit(videoId: string, where: Where): void {
  const present = useRef(where);
  present.current = where;
  const told = useRef<() => void>(() => {});
  useEffect(() => {
    const visit = new Renewal(videoId, () => present.current);
    told.current = () => visit.soon();
    return () => visit.end();
  }, [videoId]);
  useEffect(() => told.current(), [where.view, where.captionId, where.working]);
}

/** Keep `visits` true while the component is shown. */
export function useVisits(): void {
  useEffect(() => listen({ visits: (found) => (visits.value = found.visits) }), []);
}

class Renewal {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sentAt = Number.NEGATIVE_INFINITY;
  private repeatS = FIRST_REPEAT_S;
  private ended = false;
  private readonly onHidden = () => (document.visibilityState === "hidden" ? this.leave() : this.soon());
  private readonly onLeave = () => this.leave();

  constructor(
    private readonly videoId: string,
    private readonly where: () => Where,
  ) {
    document.addEventListener("visibilitychange", this.onHidden);
    addEventListener("pagehide", this.onLeave);
    this.soon();
  }

  /** Tell where the person is, at most once a second. */
  soon(): void {
    this.after(Math.max(0, this.sentAt + TELL_AGAIN_MS - performance.now()));
  }

  end(): void {
    this.ended = true;
    document.removeEventListener("visibilitychange", this.onHidden);
    removeEventListener("pagehide", this.onLeave);
    this.leave();
  }

  private after(ms: number): void {
    clearTimeout(this.timer);
    if (!this.ended && document.visibilityState !== "hidden") this.timer = setTimeout(() => void this.tell(), ms);
  }

  private async tell(): Promise<void> {
    this.sentAt = performance.now();
    const { view, captionId, working } = this.where();
    const path = { video_id: this.videoId, tab: TAB };
    const body = { view, caption_id: captionId ?? null, working: working ?? false };
    try {
      const visited = await answer(api.PUT("/videos/{video_id}/visits/{tab}", { params: { path }, body }));
      this.repeatS = visited.repeat_after_s;
      visits.value = { ...visits.value, [this.videoId]: visited.visits };
    } catch {
      // Others see less of this person for a while; the next request tells again.
    }
    // A newer call of soon() may have set an earlier time, which a slow answer must not put off.
    if (performance.now() - this.sentAt < this.repeatS * 1000) this.after(this.repeatS * 1000);
  }

  private leave(): void {
    clearTimeout(this.timer);
    if (token.value === null || signedIn.value === null) return;
    // Not by the client: the request must outlive the page.
    void fetch(`${GATEWAY}/videos/${this.videoId}/visits/${TAB}`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${token.value}` },
      keepalive: true,
    }).catch(() => {});
  }
}
