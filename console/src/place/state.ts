/** What the view of a video's places shows and knows, as signals. */

import { batch, computed, type Signal, signal } from "@preact/signals";
import { answer, api, type Schemas } from "../api/client";
import { ProblemError, sentenceOf } from "../api/problems";
import { toast } from "../app/toasts";
import { byFrame, counted, type Fate, fateOf, fitted, leftOut } from "./model/boxes";
import { begun, changed, type Edits, replaced } from "./model/edits";
import { initial, open, proposals, unchanged } from "./model/places";
import { clashes, type Region, type Size } from "./model/region";
import { words } from "./words";

export type Video = Schemas["VideoView"];
type Frame = Schemas["FullFrame"];

/** Frames per request; the answer holds signed addresses of some 500 bytes each. */
const FRAMES_AT_ONCE = 500;
/** Videos whose size is not known yet are drawn as wide as most videos are. */
const USUAL_SIZE: Size = { width: 1920, height: 1080 };

/** A picture that the store lacks fails with each new address, so new ones are asked for at most this often. */
const RENEW_AFTER_MS = 30_000;

/** Regions that are not approved yet, by video: they outlive a look at another view. */
const drafts = new Map<string, Edits>();

export type Place = ReturnType<typeof createPlace>;

export function createPlace(videoId: string) {
  const path = { video_id: videoId };
  const video = signal<Video | null>(null);
  const layout = signal<Schemas["Layout"] | null>(null);
  const frames = signal<Frame[]>([]);
  const at = signal(0);
  const edits: Signal<Edits> = signal(drafts.get(videoId) ?? begun([]));
  const failure = signal<string | null>(null);
  const busy = signal(false);
  /** Whether a person holds a region with the pointer; it is a step for undo only when it is let go. */
  const held = signal(false);
  let renewedAt = Number.NEGATIVE_INFINITY;

  const regions = computed(() => edits.value.regions);
  const inForce = computed(() => (video.value?.tracks ?? []).map((each) => each.crop_region));
  const boxes = computed(() => layout.value?.boxes ?? []);
  const grouped = computed(() => byFrame(boxes.value));
  const places = computed(() => proposals(video.value?.suggested_tracks ?? [], video.value?.runner_up_tracks ?? []));
  const size = computed<Size>(() => {
    const { width, height } = video.value ?? {};
    return width && height ? { width, height } : USUAL_SIZE;
  });
  const frame = computed(() => frames.value[at.value] ?? null);
  const shownBoxes = computed(() => grouped.value.get(frame.value?.frame_index ?? -1) ?? []);

  const fates = computed(() =>
    frames.value.map(({ frame_index }) => {
      const own = grouped.value.get(frame_index) ?? [];
      return new Set<Fate>(own.map((box) => fateOf(box, regions.value)));
    }),
  );

  function keep(next: Edits): void {
    edits.value = next;
    drafts.set(videoId, next);
  }

  async function loadVideo(): Promise<void> {
    const before = video.value;
    const loaded = await answer(api.GET("/videos/{video_id}", { params: { path } }));
    batch(() => {
      video.value = loaded;
      // Until a person changes something, the regions follow the server's.
      if (!held.value && edits.value.past.length === 0 && !unchanged(regions.value, initial(loaded))) {
        edits.value = begun(initial(loaded));
      }
    });
    if (loaded.status === "active" && (before?.status !== "active" || layout.value === null)) {
      const isFirst = frames.value.length === 0;
      await Promise.all([loadLayout(), loadFrames()]);
      // The first picture is often black; one with captions says more.
      if (isFirst)
        at.value = Math.max(
          fates.value.findIndex((each) => each.has("inside")),
          0,
        );
    }
  }

  async function loadLayout(): Promise<void> {
    try {
      layout.value = await answer(api.GET("/videos/{video_id}/layout", { params: { path } }));
    } catch (error) {
      // A video may become active a moment before its layout can be read; an event follows.
      if (!(error instanceof ProblemError && error.status === 404)) throw error;
    }
  }

  async function loadFrames(): Promise<void> {
    const found: Frame[] = [];
    let after: number | null = null;
    do {
      const query: { limit: number; after?: number } = { limit: FRAMES_AT_ONCE, ...(after === null ? {} : { after }) };
      const page: Schemas["FullFrameList"] = await answer(
        api.GET("/videos/{video_id}/full-frames", { params: { path, query } }),
      );
      found.push(...page.frames);
      after = page.next_after;
    } while (after !== null);
    frames.value = found;
  }

  /** Run a part of loading; a failure is shown in place of the view until the next attempt. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      failure.value = null;
    } catch (error) {
      failure.value = sentenceOf(error);
    }
  }

  async function approve(): Promise<boolean> {
    busy.value = true;
    try {
      const body = { crop_regions: [...regions.value] };
      await answer(api.POST("/videos/{video_id}/approve-layout", { params: { path }, body }));
      drafts.delete(videoId);
      edits.value = { ...edits.value, past: [], future: [] };
      toast({ text: words().approved, tone: "good" });
      await attempt(loadVideo);
      return true;
    } catch (error) {
      toast({ text: sentenceOf(error), tone: "bad" });
      return false;
    } finally {
      busy.value = false;
    }
  }

  /** Show the next frame in which some text has this fate; after the last one, begin again. */
  function seek(fate: Fate): void {
    const count = frames.value.length;
    for (let step = 1; step <= count; step += 1) {
      const index = (at.value + step) % count;
      if (fates.value[index]?.has(fate)) {
        at.value = index;
        return;
      }
    }
  }

  return {
    videoId,
    video,
    frames,
    frame,
    at,
    edits,
    held,
    regions,
    size,
    shownBoxes,
    fates,
    failure,
    busy,
    clashes: computed(() => clashes(regions.value)),
    counts: computed(() => counted(shownBoxes.value, regions.value)),
    leftOut: computed(() => leftOut(boxes.value, regions.value)),
    places,
    openPlaces: computed(() => open(places.value, regions.value)),
    inForce,
    isUnchanged: computed(() => unchanged(inForce.value, regions.value)),
    isLoaded: computed(() => video.value?.status === "active" && frames.value.length > 0),
    countsOf: (region: Region) => counted(boxes.value, [region]),
    keep,
    load: () => attempt(loadVideo),
    /** Signed addresses end; a picture that cannot be loaded asks for new ones. */
    renewFrames: () => {
      if (performance.now() - renewedAt < RENEW_AFTER_MS) return;
      renewedAt = performance.now();
      void attempt(loadFrames);
    },
    approve,
    seek,
    go: (index: number) => {
      at.value = Math.min(Math.max(index, 0), Math.max(frames.value.length - 1, 0));
    },
    goToFrame: (frameIndex: number) => {
      const index = frames.value.findIndex((each) => each.frame_index === frameIndex);
      if (index >= 0) at.value = index;
    },
    goToSeconds: (seconds: number) => {
      const index = frames.value.findLastIndex((each) => each.seconds <= seconds);
      at.value = Math.max(index, 0);
    },
    fit: (index: number) => {
      const region = regions.value[index];
      const next = region === undefined ? null : fitted(boxes.value, region);
      if (next !== null) keep(changed(edits.value, index, next));
    },
    reset: () =>
      keep(
        replaced(
          edits.value,
          (video.value?.suggested_tracks ?? []).map((each) => each.crop_region),
        ),
      ),
  };
}
