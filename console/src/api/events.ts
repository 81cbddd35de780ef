import { effect, signal, untracked } from "@preact/signals";
import { endSession, token } from "../app/session";
import { GATEWAY } from "./client";
import { EventLines, type Message } from "./event-lines";
import { pause } from "./pause";
import type { operations } from "./schema";

type Data = operations["streamEvents"]["responses"][200]["content"]["text/event-stream"];
/** What changed, told apart by `kind`. */
export type LiveEvent = Extract<Data, { kind: string }>;
export type Snapshot = Extract<Data, { videos: unknown }>;
export type AllVisits = Extract<Data, { visits: unknown }>;

export interface Listener {
  event?: (event: LiveEvent) => void;
  /** The stream began anew: whatever is shown may be stale, so read it again. */
  snapshot?: (snapshot: Snapshot) => void;
  /** Who has which video open, at the start of the stream and whenever it changes. */
  visits?: (all: AllVisits) => void;
}

/** Whether the page hears of changes now. */
export const connection = signal<"connecting" | "live" | "offline">("connecting");

const LONGEST_WAIT_MS = 15_000;
// The gateway sends a line every 15 s; a stream that is silent for longer is dead.
const SILENCE_MS = 40_000;
const listeners = new Set<Listener>();
let stop: (() => void) | null = null;

/** Hear of all changes in the tenant; return a function that ends it. All listeners share one stream. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  stop ??= start();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = null;
  };
}

function start(): () => void {
  let stream: AbortController | null = null;
  const endEffect = effect(() => {
    stream?.abort();
    stream = null;
    const bearer = token.value;
    if (bearer === null) return;
    const opened = new AbortController();
    stream = opened;
    // What happens in the stream must not open another one.
    untracked(() => void follow(bearer, opened.signal));
  });
  return () => {
    endEffect();
    stream?.abort();
    // Nobody tries any more, so nobody would say that the connection is back.
    connection.value = "connecting";
  };
}

async function follow(bearer: string, stopped: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  let waitMs = 1000;
  while (!stopped.aborted) {
    connection.value = connection.value === "offline" ? "offline" : "connecting";
    try {
      for await (const message of messages(bearer, lastId, stopped)) {
        waitMs = 1000;
        lastId = message.id ?? lastId;
        hand(message);
      }
    } catch {
      // Cut off; the loop connects again.
    }
    if (stopped.aborted) return;
    connection.value = "offline";
    await pause(waitMs, stopped);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

async function* messages(bearer: string, lastId: string | null, stopped: AbortSignal): AsyncGenerator<Message> {
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(), SILENCE_MS);
  try {
    const response = await fetch(`${GATEWAY}/events`, {
      headers: { Authorization: `Bearer ${bearer}`, ...(lastId === null ? {} : { "Last-Event-ID": lastId }) },
      signal: AbortSignal.any([stopped, silent.signal]),
    });
    if (response.status === 401 && token.value === bearer) endSession();
    if (!response.ok || response.body === null) throw new Error(`The stream answered ${response.status}.`);
    connection.value = "live";
    const lines = new EventLines();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), SILENCE_MS);
      yield* lines.take(value);
    }
  } finally {
    clearTimeout(timer);
  }
}

function hand(message: Message): void {
  // The older form of an event, which an event of its own follows.
  if (message.event === "video-stats-updated") return;
  const data: Data = JSON.parse(message.data);
  for (const listener of [...listeners]) {
    try {
      if ("kind" in data) listener.event?.(data);
      else if ("videos" in data) listener.snapshot?.(data);
      else if ("visits" in data) listener.visits?.(data);
    } catch (error) {
      // A fault of one listener must not cut the stream off for the others.
      reportError(error);
    }
  }
}
