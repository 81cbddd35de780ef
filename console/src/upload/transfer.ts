import { UnreachableError } from "../api/problems";
import { PartRefusedError } from "./put-part";

export interface Part {
  number: number;
  offset: number;
  size_bytes: number;
  url: string;
}

/** What the gateway says of an upload. */
export interface UploadState {
  sent_bytes: number;
  next_parts: Part[];
}

export interface TransferWork {
  /** Ask which parts are still to be sent; the answer has fresh addresses. */
  state: () => Promise<UploadState>;
  put: (part: Part, onProgress: (sent: number) => void) => Promise<void>;
  /** Bytes that the store has or is getting. */
  onSent: (bytes: number) => void;
  /** The connection broke, and the transfer goes on in so many milliseconds; null when it goes on. */
  onTrouble: (waitMs: number | null) => void;
  wait: (ms: number) => Promise<void>;
  signal: AbortSignal;
}

// Enough to fill a fast line; more would only share it.
const AT_ONCE = 3;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
// The store refuses a part whose address has expired; a fresh address must work.
const MOST_REFUSALS = 3;

/**
 * Send all parts that the store lacks. A broken connection is tried again until the signal aborts it.
 *
 * @throws PartRefusedError The store refuses a part again and again.
 */
export async function transfer(work: TransferWork, first?: UploadState): Promise<void> {
  let state = first ?? (await work.state());
  let waitMs = FIRST_WAIT_MS;
  let refusals = 0;
  for (;;) {
    const before = state.sent_bytes;
    if (state.next_parts.length === 0) return work.onSent(state.sent_bytes);
    try {
      await sendParts(work, state);
      refusals = 0;
      waitMs = FIRST_WAIT_MS;
    } catch (error) {
      if (work.signal.aborted) throw error;
      if (error instanceof PartRefusedError) {
        refusals += 1;
        if (refusals >= MOST_REFUSALS) throw error;
      } else if (!(error instanceof UnreachableError)) throw error;
      await pauseFor(work, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
    state = await stateAgain(work);
    if (state.sent_bytes > before) waitMs = FIRST_WAIT_MS;
  }
}

/** Ask for the state until the gateway answers. */
async function stateAgain(work: TransferWork): Promise<UploadState> {
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    try {
      return await work.state();
    } catch (error) {
      if (work.signal.aborted || !(error instanceof UnreachableError)) throw error;
      await pauseFor(work, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }
}

async function pauseFor(work: TransferWork, ms: number): Promise<void> {
  work.onTrouble(ms);
  await work.wait(ms);
  work.signal.throwIfAborted();
  work.onTrouble(null);
}

async function sendParts(work: TransferWork, state: UploadState): Promise<void> {
  const waiting = [...state.next_parts];
  const underWay = new Map<number, number>();
  let complete = state.sent_bytes;
  const tell = () => work.onSent(complete + [...underWay.values()].reduce((sum, bytes) => sum + bytes, 0));
  let failed: { error: unknown } | null = null;
  const sender = async () => {
    for (let part = waiting.shift(); part !== undefined && failed === null; part = waiting.shift()) {
      const { number, size_bytes } = part;
      try {
        await work.put(part, (sent) => {
          underWay.set(number, Math.min(sent, size_bytes));
          tell();
        });
        complete += size_bytes;
      } catch (error) {
        failed ??= { error };
      }
      underWay.delete(number);
      tell();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  if (failed !== null) throw (failed as { error: unknown }).error;
}
