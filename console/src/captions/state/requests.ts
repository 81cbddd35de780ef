/** The requests of the captions view. */

import { answer, answerWithHeaders, api } from "../../api/client";
import type { Edit } from "../model/pending";
import type { Caption, CaptionList, Change, EditedCaptions, Operation } from "../model/types";

/** How many changes of the history an undo looks at; a person's own latest one is nearly always among them. */
const HISTORY_SHOWN = 50;

/** A gateway that is silent for longer is asked again; the largest list of edits takes some seconds. */
const LONGEST_WAIT_MS = 60_000;

/** An hour of video takes a tenth of a second; a person who adds a caption does not wait for longer. */
const PRESENCE_WAIT_MS = 5000;

/** Make an edit. One operation has a request of its own, so that the history names what was done. */
export function sendEdit(videoId: string, edit: Edit): Promise<EditedCaptions> {
  const [only] = edit.operations;
  const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
  if (edit.operations.length !== 1 || only === undefined) return sendList(videoId, edit.operations, signal);
  if (only.op === "add") {
    const { track, start_frame, end_frame, text, state } = only;
    const path = { video_id: videoId };
    return answer(
      api.POST("/videos/{video_id}/captions", {
        params: { path },
        body: { track, start_frame, end_frame, text, state },
        signal,
      }),
    );
  }
  const path = { video_id: videoId, caption_id: only.caption };
  switch (only.op) {
    case "update": {
      const { op: _op, caption: _caption, ...body } = only;
      return answer(api.PATCH("/videos/{video_id}/captions/{caption_id}", { params: { path }, body, signal }));
    }
    case "split": {
      const { frame, texts, version } = only;
      return answer(
        api.POST("/videos/{video_id}/captions/{caption_id}/split", {
          params: { path },
          body: { frame, texts, version },
          signal,
        }),
      );
    }
    case "merge": {
      const others = [{ caption: only.other, version: only.otherVersion }];
      const body = { others, version: only.version };
      return answer(api.POST("/videos/{video_id}/captions/{caption_id}/merge", { params: { path }, body, signal }));
    }
    case "delete":
      return answer(
        api.DELETE("/videos/{video_id}/captions/{caption_id}", {
          params: { path, query: { version: only.version } },
          signal,
        }),
      );
  }
}

function sendList(videoId: string, operations: readonly Operation[], signal: AbortSignal): Promise<EditedCaptions> {
  const listed = operations.map((operation) => {
    switch (operation.op) {
      case "merge": {
        const { other, otherVersion, ...rest } = operation;
        return { ...rest, others: [{ caption: other, version: otherVersion }] };
      }
      case "split":
      case "add": {
        const { made: _made, ...rest } = operation;
        return rest;
      }
      default:
        return operation;
    }
  });
  return answer(
    api.POST("/videos/{video_id}/captions/edits", {
      params: { path: { video_id: videoId } },
      body: { operations: listed },
      signal,
    }),
  );
}

/** All captions of a video; null when they are still those of the `etag`. */
export async function fetchCaptions(
  videoId: string,
  etag: string | null,
): Promise<{ list: CaptionList; etag: string | null } | null> {
  const header = etag === null ? {} : { "If-None-Match": etag };
  const call = api.GET("/videos/{video_id}/captions", { params: { path: { video_id: videoId }, header } });
  const { data, headers } = await answerWithHeaders(call);
  return data === undefined ? null : { list: data, etag: headers.get("etag") };
}

/** Return those of the captions that still exist; the gateway takes at most 200 ids. */
export async function fetchSome(videoId: string, ids: number[]): Promise<Caption[]> {
  const params = { path: { video_id: videoId }, query: { caption_id: ids } };
  return (await answer(api.GET("/videos/{video_id}/captions", { params }))).captions;
}

/** An address from which the file can be played, for some hours. */
export async function fetchMediaUrl(videoId: string): Promise<string> {
  return (await answer(api.GET("/videos/{video_id}/media", { params: { path: { video_id: videoId } } }))).url;
}

/** How likely each frame of a track has text; see the model of presence. */
export async function fetchPresence(videoId: string, track: number): Promise<string> {
  const params = { path: { video_id: videoId }, query: { track } };
  const signal = AbortSignal.timeout(PRESENCE_WAIT_MS);
  return (await answer(api.GET("/videos/{video_id}/presence", { params, signal }))).levels;
}

export async function fetchHistory(videoId: string): Promise<Change[]> {
  const params = { path: { video_id: videoId }, query: { limit: HISTORY_SHOWN } };
  const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
  return (await answer(api.GET("/videos/{video_id}/captions/history", { params, signal }))).changes;
}

export function undoChange(videoId: string, number: number): Promise<EditedCaptions> {
  const path = { video_id: videoId, number };
  const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
  return answer(api.POST("/videos/{video_id}/captions/history/{number}/undo", { params: { path }, signal }));
}

/** Ask for the text of captions again; texts that a person typed stay. */
export async function requestOcr(videoId: string, captionIds: number[]): Promise<void> {
  const params = { path: { video_id: videoId }, query: { force: true } };
  await answer(api.POST("/videos/{video_id}/captions/request-ocr", { params, body: { caption_ids: captionIds } }));
}

/** Ask for the text of every caption that nobody has asked for yet. */
export async function requestFirstOcr(videoId: string): Promise<void> {
  await answer(
    api.POST("/videos/{video_id}/captions/request-ocr", { params: { path: { video_id: videoId } }, body: {} }),
  );
}
