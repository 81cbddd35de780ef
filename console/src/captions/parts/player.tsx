import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Caption } from "../model/types";
import { MediaFile } from "../pictures/media-file";
import type { Actions } from "../state/actions";
import { fetchMediaUrl } from "../state/requests";
import type { CaptionsStore } from "../state/store";
import { words } from "../words";
import style from "./player.module.css";

interface PlayerProps {
  store: CaptionsStore;
  actions: Actions;
  caption: Caption;
}

/** The file at the chosen end of the caption; it plays the caption once. A note says when the browser cannot play it. */
export function Player({ store, actions, caption }: PlayerProps) {
  const video = useRef<HTMLVideoElement>(null);
  const file = useMemo(() => new MediaFile(() => fetchMediaUrl(store.videoId)), [store]);
  useEffect(() => {
    void file.open();
    return () => file.close();
  }, [file]);

  const side = actions.side.value;
  const at = side === "start" ? caption.start_seconds : caption.end_seconds;
  useEffect(() => {
    const player = video.current;
    if (player === null || !player.paused || player.seeking) return;
    // A thousandth inside, since a seek to the very time may show the picture before.
    player.currentTime = at + 0.001;
  }, [at, file.url.value]);

  const onTimeUpdate = (event: Event) => {
    const player = event.currentTarget as HTMLVideoElement;
    if (!player.paused && player.currentTime >= caption.end_seconds) player.pause();
  };
  if (file.failed.value) return <p class={style.note}>{words().noPlayer}</p>;
  const away = file.away.value && (
    <p class={style.note} role="status">
      {words().playerAway}
    </p>
  );
  // The player keeps its place until its file is known.
  const size = { aspectRatio: String(store.ratio.value) };
  if (file.url.value === null)
    return (
      <>
        {away}
        <div class={style.player} style={size} />
      </>
    );
  return (
    <>
      {away}
      <video
        ref={(element) => {
          video.current = element;
          actions.player = element;
        }}
        class={style.player}
        style={size}
        src={file.url.value}
        preload="auto"
        playsInline
        controls
        aria-label={words().play}
        onTimeUpdate={onTimeUpdate}
        onLoadedMetadata={(event) => {
          event.currentTarget.currentTime = at + 0.001;
          file.loaded(event.currentTarget);
        }}
        onError={(event) => void file.broken(event.currentTarget)}
      >
        {/* The captions are in the picture. */}
        <track kind="captions" />
      </video>
    </>
  );
}
