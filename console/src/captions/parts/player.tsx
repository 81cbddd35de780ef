import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { Caption } from "../model/types";
import type { Actions } from "../state/actions";
import type { CaptionsStore } from "../state/store";
import { words } from "../words";
import style from "./player.module.css";

interface PlayerProps {
  store: CaptionsStore;
  actions: Actions;
  caption: Caption;
}

/** The file at the chosen end of the caption; it plays the caption once. Absent when the browser cannot play it. */
export function Player({ store, actions, caption }: PlayerProps) {
  const video = useRef<HTMLVideoElement>(null);
  const url = useSignal<string | null>(null);
  const failed = useSignal(false);

  useEffect(() => {
    let shown = true;
    answer(api.GET("/videos/{video_id}/media", { params: { path: { video_id: store.videoId } } })).then(
      (media) => {
        if (shown) url.value = media.url;
      },
      () => {
        failed.value = true;
      },
    );
    return () => {
      shown = false;
    };
  }, [store, url, failed]);

  const side = actions.side.value;
  const at = side === "start" ? caption.start_seconds : caption.end_seconds;
  useEffect(() => {
    const player = video.current;
    if (player === null || !player.paused || player.seeking) return;
    // A thousandth inside, since a seek to the very time may show the picture before.
    player.currentTime = at + 0.001;
  }, [at, url.value]);

  const onTimeUpdate = (event: Event) => {
    const player = event.currentTarget as HTMLVideoElement;
    if (!player.paused && player.currentTime >= caption.end_seconds) player.pause();
  };
  if (url.value === null || failed.value) return null;
  return (
    <video
      ref={(element) => {
        video.current = element;
        actions.player = element;
      }}
      class={style.player}
      src={url.value}
      preload="auto"
      playsInline
      controls
      aria-label={words().play}
      onTimeUpdate={onTimeUpdate}
      onLoadedMetadata={(event) => {
        event.currentTarget.currentTime = at + 0.001;
      }}
      onError={() => {
        failed.value = true;
      }}
    >
      {/* The captions are in the picture. */}
      <track kind="captions" />
    </video>
  );
}
