import { signal } from "@preact/signals";
import { answer, api } from "../api/client";
import { sentenceOf } from "../api/problems";
import { toast } from "../app/toasts";
import { remove } from "./list";
import type { Video } from "./stages";
import { words } from "./words";

/** Seconds in which a person can take a deletion back. Until then the gateway knows nothing of it. */
export const UNDO_S = 10;

/** The videos that are about to be deleted. */
export const leaving = signal<ReadonlySet<string>>(new Set());

/** Delete a video after some seconds, unless the person takes it back or closes the page. */
export function deleteSoon(video: Video): void {
  if (leaving.value.has(video.id)) return;
  leaving.value = new Set(leaving.value).add(video.id);
  const timer = setTimeout(() => {
    close();
    void deleteNow(video);
  }, UNDO_S * 1000);
  const close = toast({
    text: words().deleting(video.display_name, UNDO_S),
    lasts: 0,
    action: {
      label: words().undo,
      run: () => {
        clearTimeout(timer);
        stay(video.id);
      },
    },
  });
}

async function deleteNow(video: Video): Promise<void> {
  try {
    await answer(api.DELETE("/videos/{video_id}", { params: { path: { video_id: video.id } } }));
    remove(video.id);
  } catch (error) {
    toast({ text: sentenceOf(error), tone: "bad" });
  } finally {
    stay(video.id);
  }
}

function stay(id: string): void {
  const others = new Set(leaving.value);
  others.delete(id);
  leaving.value = others;
}
