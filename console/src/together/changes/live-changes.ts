import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type LiveEvent, listen } from "../../api/events";
import { signedIn } from "../../app/session";
import { changeOfOther, type OthersChange } from "./others-changes";

const SHOWN_MS = 8000;

/** The latest change of somebody else in the video that is shown; null after some seconds. */
export const latestOfOthers = signal<OthersChange | null>(null);

/** Note the changes of others to a video while the component is shown. */
export function useLiveChanges(videoId: string): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const event = (happened: LiveEvent) => {
      const change = changeOfOther(happened, videoId, signedIn.value?.userId ?? null);
      if (change === null) return;
      latestOfOthers.value = change;
      clearTimeout(timer);
      timer = setTimeout(() => {
        latestOfOthers.value = null;
      }, SHOWN_MS);
    };
    const end = listen({ event });
    return () => {
      end();
      clearTimeout(timer);
      latestOfOthers.value = null;
    };
  }, [videoId]);
}
