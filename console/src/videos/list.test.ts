import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeGateway } from "../../tests/fake-gateway";
import type { Listener, LiveEvent } from "../api/events";
import { follow, more, show, showMore, take, total, videos } from "./list";
import type { Video, VideoDetail } from "./stages";

let listener: Listener | null = null;
vi.mock("../api/events", () => ({
  listen: (heard: Listener) => {
    listener = heard;
    return () => {};
  },
}));

/** A video that was uploaded in this minute; the later, the higher in the list. */
function video(id: string, minute: number, more: Partial<Video> = {}): Video {
  const uploaded_at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  return { id, display_name: `${id}.mp4`, uploaded_at, status: "active", caption_status: null, ...more } as Video;
}

function detail(of: Video): VideoDetail {
  return { ...of, usage: [], waiting: null } as unknown as VideoDetail;
}

function page(found: Video[], next: string | null = null, count = found.length) {
  return { videos: found, total: count, next };
}

const ids = () => videos.value.map(({ id }) => id);

afterEach(() => vi.unstubAllGlobals());

describe("show", () => {
  it("leaves out what does not fit the filter, and reads on while nothing fits", async () => {
    const placed = video("placed", 3, { caption_status: "ready" });
    const came = fakeGateway(({ query }) =>
      query.has("before")
        ? page([video("open", 1)])
        : page([placed, video("also", 2, { caption_status: "queued" })], "x"),
    );

    await show({ filter: "place", search: "" });

    expect(ids()).toEqual(["open"]);
    expect(came.map(({ query }) => query.get("before_id"))).toEqual([null, "also"]);
  });

  it("does not replace a later search by the answer to an earlier one", async () => {
    let answerFirst = () => {};
    const held = new Promise<void>((resolve) => {
      answerFirst = resolve;
    });
    fakeGateway(async ({ query }) => {
      if (query.get("q") === "first") await held;
      return page([video(query.get("q") ?? "", 1)]);
    });

    const first = show({ filter: "all", search: "first" });
    await show({ filter: "all", search: "second" });
    answerFirst();
    await first;

    expect(ids()).toEqual(["second"]);
  });

  it("adds further pages below, each video once", async () => {
    fakeGateway(({ query }) =>
      query.has("before")
        ? page([video("b", 2), video("a", 1)], null, 3)
        : page([video("c", 3), video("b", 2)], "x", 3),
    );
    await show({ filter: "all", search: "" });
    expect(more.value).toBe(true);

    await showMore();

    expect(ids()).toEqual(["c", "b", "a"]);
    expect(more.value).toBe(false);
  });
});

describe("take", () => {
  it("puts a new video on top when it fits the search, and replaces a known one", async () => {
    fakeGateway(() => page([video("old film", 1)]));
    await show({ filter: "all", search: "film" });

    take(detail(video("new film", 2)));
    take(detail(video("a lecture", 3)));
    take(detail(video("old film", 1, { display_name: "renamed" })));

    expect(videos.value.map((one) => one.display_name)).toEqual(["new film.mp4", "renamed"]);
    expect(total.value).toBe(2);
  });
});

describe("follow", () => {
  it("shows the states of events at once, and takes deleted videos out", async () => {
    fakeGateway(({ path }) => (path === "/videos" ? page([video("a", 2), video("b", 1)]) : detail(video("a", 2))));
    await show({ filter: "all", search: "" });
    follow();
    const tell = (kind: string, video_id: string, data: object) =>
      listener?.event?.({ kind, video_id, data } as unknown as LiveEvent);

    tell("video.status", "a", { status: "active", caption_status: "processing" });
    expect(videos.value[0]?.caption_status).toBe("processing");

    tell("video.deleted", "b", {});
    expect(ids()).toEqual(["a"]);
    expect(total.value).toBe(1);
  });
});
