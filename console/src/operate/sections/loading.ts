import { batch, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { sentenceOf } from "../../api/problems";

/** An operator who watches an outage sees its end within this time. */
const EVERY_MS = 5000;

/** What a section shows, when it was read, and why it could not be read. */
export interface Loading<T> {
  value: T | null;
  at: Date | null;
  failure: string | null;
  reload: () => Promise<void>;
}

/** Read something now and every few seconds while the page is seen; `key` says what is read. */
export function useLoading<T>(read: () => Promise<T>, key = ""): Loading<T> {
  const state = useMemo(() => {
    const value = signal<T | null>(null);
    const at = signal<Date | null>(null);
    const failure = signal<string | null>(null);
    return { value, at, failure };
  }, []);
  const reload = useMemo(() => {
    let latest = 0;
    return async () => {
      latest += 1;
      const own = latest;
      const [found, failure] = await read().then(
        (got) => [got, null] as const,
        (error) => [null, sentenceOf(error)] as const,
      );
      // An answer to an earlier question must not replace that to a later one.
      if (own !== latest) return;
      batch(() => {
        if (found !== null) {
          state.value.value = found;
          state.at.value = new Date();
        }
        state.failure.value = failure;
      });
    };
    // The reader is the same as long as the key is.
  }, [key]);
  useEffect(() => {
    void reload();
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void reload();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return { value: state.value.value, at: state.at.value, failure: state.failure.value, reload };
}
