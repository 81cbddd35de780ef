import { signal } from "@preact/signals";
import { answer, api, type Schemas } from "../api/client";
import { pause } from "../api/pause";
import { ProblemError } from "../api/problems";
import { Speed } from "../parts/speed";
import { type FileMark, isSameFile, markOf } from "./files";
import { own, ownedElsewhere, release, untilReleased } from "./ownership";
import { putPart } from "./put-part";
import { forgetUpload, rememberedUploads, rememberUpload } from "./remembered";
import { transfer } from "./transfer";

/**
 * `elsewhere`: another tab of this browser sends the upload.
 * `interrupted` uploads were begun before the page was closed or reloaded: the person chooses the file again.
 * `trouble` is a broken connection that is tried again by itself.
 */
export type UploadPhase =
  | "waiting"
  | "sending"
  | "trouble"
  | "paused"
  | "completing"
  | "interrupted"
  | "elsewhere"
  | "failed"
  | "done";

/** What the person says about the files; `unattended`: the suggested places are approved by themselves. */
export interface Wish {
  language: string | null;
  unattended: boolean;
}

export interface Upload extends Wish {
  key: string;
  mark: FileMark;
  phase: UploadPhase;
  /** Null until the gateway knows of the upload. */
  uploadId: string | null;
  sentBytes: number;
  perSecond: number | null;
  secondsLeft: number | null;
  error: unknown;
}

export const uploads = signal<Upload[]>([]);

/** Another tab goes on with the same upload. */
class OwnedElsewhereError extends Error {}

// Two files share the line, so that a small file does not wait for a long one.
const FILES_AT_ONCE = 2;
const files = new Map<string, File>();
const running = new Map<string, AbortController>();
let latest = 0;

/** Queue files; a file whose upload was interrupted goes on where it stopped. */
export function addFiles(chosen: File[], wish: Wish): void {
  for (const file of chosen) {
    const interrupted = uploads.value.find((one) => one.phase === "interrupted" && isSameFile(one.mark, file));
    if (interrupted !== undefined) resumeWith(interrupted.key, file);
    else add(file, wish);
  }
  startNext();
}

/** Go on with an interrupted upload; return false when it is another file. */
export function resumeWith(key: string, file: File): boolean {
  const found = uploads.value.find((one) => one.key === key);
  if (found === undefined || found.mark.size !== file.size || found.mark.name !== file.name) return false;
  files.set(key, file);
  change(key, { phase: "waiting", error: null });
  startNext();
  return true;
}

export function pauseUpload(key: string): void {
  change(key, { phase: "paused", perSecond: null, secondsLeft: null });
  running.get(key)?.abort();
}

export function continueUpload(key: string): void {
  change(key, { phase: "waiting", error: null });
  startNext();
}

/** Stop an upload and remove what was sent; a completed one only leaves the list. */
export async function removeUpload(key: string): Promise<void> {
  const found = uploads.value.find((one) => one.key === key);
  if (found === undefined) return;
  running.get(key)?.abort();
  files.delete(key);
  uploads.value = uploads.value.filter((one) => one.key !== key);
  if (found.uploadId === null || found.phase === "done") return;
  forgetUpload(found.uploadId);
  release(found.uploadId);
  await answer(api.DELETE("/uploads/{upload_id}", { params: { path: { upload_id: found.uploadId } } }));
}

/** List the uploads of this browser that an earlier page did not complete. */
export async function findInterrupted(): Promise<void> {
  const remembered = rememberedUploads();
  if (Object.keys(remembered).length === 0) return;
  const { uploads: open } = await answer(api.GET("/uploads", { params: { query: { limit: 500 } } }));
  const known = new Set(uploads.value.map((one) => one.uploadId));
  const openIds = new Set(open.map((one) => one.id));
  for (const id of Object.keys(remembered)) if (!openIds.has(id)) forgetUpload(id);
  const found = open.filter((one) => remembered[one.id] !== undefined && !known.has(one.id));
  const elsewhere = await ownedElsewhere(found.map((one) => one.id));
  const listed = await Promise.all(
    found.map((one) => listedOf(one, remembered[one.id], elsewhere.has(one.id) ? "elsewhere" : "interrupted")),
  );
  // Another call may have listed some of them meanwhile.
  const now = new Set(uploads.value.map((one) => one.uploadId));
  const added = listed.filter((one) => !now.has(one.uploadId));
  uploads.value = [...added, ...uploads.value];
  for (const one of added) if (one.phase === "elsewhere") void takeOver(one);
}

/** When the other tab is done with the upload or closed, show what became of it. */
async function takeOver({ key, uploadId }: Upload): Promise<void> {
  if (uploadId === null) return;
  await untilReleased(uploadId);
  // Without an answer, the row stays for the person to go on with.
  const state = await keptState(uploadId).catch(() => undefined);
  if (state === null || state?.state === "completed") uploads.value = uploads.value.filter((one) => one.key !== key);
  else change(key, { phase: "interrupted", ...(state && { sentBytes: state.sent_bytes }) });
}

async function listedOf(
  open: Schemas["UploadSummary"],
  mark: FileMark | undefined,
  phase: "elsewhere" | "interrupted",
): Promise<Upload> {
  const state = await answer(api.GET("/uploads/{upload_id}", { params: { path: { upload_id: open.id } } }));
  return {
    ...fresh(mark ?? { name: open.display_name, size: open.size_bytes, lastModified: 0 }, open),
    uploadId: open.id,
    phase,
    sentBytes: state.sent_bytes,
  };
}

function fresh(mark: FileMark, { language, unattended }: Wish): Upload {
  latest += 1;
  return {
    key: `upload-${latest}`,
    mark,
    language,
    unattended,
    phase: "waiting",
    uploadId: null,
    sentBytes: 0,
    perSecond: null,
    secondsLeft: null,
    error: null,
  };
}

function add(file: File, wish: Wish): void {
  const upload = fresh(markOf(file), wish);
  files.set(upload.key, file);
  uploads.value = [...uploads.value, upload];
}

function change(key: string, fields: Partial<Upload>): void {
  uploads.value = uploads.value.map((one) => (one.key === key ? { ...one, ...fields } : one));
}

function startNext(): void {
  for (const next of uploads.value) {
    if (running.size >= FILES_AT_ONCE) return;
    const file = files.get(next.key);
    if (next.phase !== "waiting" || file === undefined || running.has(next.key)) continue;
    const stopping = new AbortController();
    running.set(next.key, stopping);
    addEventListener("beforeunload", warn);
    void send(next, file, stopping.signal).finally(() => {
      running.delete(next.key);
      startNext();
      if (running.size === 0) removeEventListener("beforeunload", warn);
    });
  }
}

/** The browser asks before it closes a page that still sends, whichever view is shown. */
function warn(event: Event): void {
  event.preventDefault();
}

async function send(upload: Upload, file: File, stopped: AbortSignal): Promise<void> {
  const { key } = upload;
  try {
    change(key, { phase: "sending" });
    const begun = await beginOrGoOn(upload, file);
    const id = begun.id;
    // Paused or removed while the gateway answered.
    stopped.throwIfAborted();
    await transfer(workOf(key, id, file, stopped), begun);
    change(key, { phase: "completing", perSecond: null, secondsLeft: null });
    await answer(api.POST("/uploads/{upload_id}/complete", { params: { path: { upload_id: id } } }));
    forgetUpload(id);
    release(id);
    files.delete(key);
    change(key, { phase: "done", sentBytes: file.size });
  } catch (error) {
    if (error instanceof OwnedElsewhereError) {
      change(key, { phase: "elsewhere" });
      void takeOver(upload);
    } else if (!stopped.aborted) change(key, { phase: "failed", error, perSecond: null, secondsLeft: null });
  }
}

async function beginOrGoOn(upload: Upload, file: File): Promise<Schemas["UploadView"]> {
  if (upload.uploadId !== null) {
    if (!(await own(upload.uploadId))) throw new OwnedElsewhereError();
    const known = await keptState(upload.uploadId);
    if (known !== null) return known;
    forgetUpload(upload.uploadId);
    release(upload.uploadId);
  }
  const { language, unattended } = upload;
  const body = { display_name: file.name, size_bytes: file.size, language, unattended };
  const begun = await answer(api.POST("/videos", { body }));
  // Before another tab can find it among the remembered ones.
  await own(begun.id);
  rememberUpload(begun.id, upload.mark);
  change(upload.key, { uploadId: begun.id });
  return begun;
}

/** Return the state of an upload; null when it has expired, or the gateway removed its file. */
async function keptState(id: string): Promise<Schemas["UploadView"] | null> {
  try {
    const found = await stateOf(id);
    return found.state === "aborted" ? null : found;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}

async function stateOf(id: string): Promise<Schemas["UploadView"]> {
  return await answer(api.GET("/uploads/{upload_id}", { params: { path: { upload_id: id } } }));
}

function workOf(key: string, id: string, file: File, stopped: AbortSignal): Parameters<typeof transfer>[0] {
  const speed = new Speed();
  return {
    signal: stopped,
    state: () => stateOf(id),
    put: (part, onProgress) => {
      // An empty type keeps the browser from sending a Content-Type, which the address was not signed for.
      const body = file.slice(part.offset, part.offset + part.size_bytes, "");
      return putPart(part.url, body, { onProgress, signal: stopped });
    },
    onSent: (bytes) => {
      if (stopped.aborted) return;
      speed.note(bytes, performance.now());
      change(key, { sentBytes: bytes, perSecond: speed.perSecond(), secondsLeft: speed.secondsLeft(file.size) });
    },
    onTrouble: (waitMs) => {
      if (stopped.aborted) return;
      speed.reset();
      change(key, { phase: waitMs === null ? "sending" : "trouble", perSecond: null, secondsLeft: null });
    },
    wait: (ms) => pause(ms, stopped),
  };
}
