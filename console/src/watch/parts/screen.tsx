import { useEffect, useMemo, useRef } from "preact/hooks";
import { MediaFile } from "../../captions/pictures/media-file";
import { ShownPictures } from "../../captions/pictures/shown-pictures";
import { fetchMediaUrl } from "../../captions/state/requests";
import { classes } from "../../parts/classes";
import { FrameClock, type Source } from "../model/playhead";
import type { Session } from "../session";
import { words } from "../words";
import style from "./screen.module.css";

/** The picture: the file, or the cropped frames when the browser cannot play the file. */
export function Screen({ session, captionsShown }: { session: Session; captionsShown: boolean }) {
  const file = useMemo(() => new MediaFile(() => fetchMediaUrl(session.store.videoId)), [session]);
  useEffect(() => {
    void file.open();
    return () => file.close();
  }, [file]);

  useEffect(() => {
    // The play head follows what is shown, picture by picture.
    let frame = 0;
    const tick = () => {
      const before = session.playhead.seconds.value;
      session.playhead.tick();
      if (session.playhead.seconds.value !== before && session.playhead.playing.value) session.follow();
      frame = requestAnimationFrame(tick);
    };
    tick();
    return () => cancelAnimationFrame(frame);
  }, [session]);

  return (
    <div class={style.screen}>
      {file.failed.value && <p class={style.note}>{words().fallback}</p>}
      {file.away.value && (
        <p class={style.note} role="status">
          {words().away}
        </p>
      )}
      {/* The file keeps its place until it is there. */}
      <div
        class={classes(style.picture, !file.failed.value && style.whole)}
        style={file.failed.value ? {} : { aspectRatio: String(session.store.ratio.value) }}
      >
        {file.failed.value ? (
          <Frames session={session} />
        ) : (
          file.url.value !== null && <File session={session} file={file} url={file.url.value} />
        )}
        {captionsShown && (
          <div class={style.captions} aria-live="off">
            {session.shown.value.map((caption) => (
              <p key={caption.id} data-shown-caption={caption.id}>
                {caption.text}
              </p>
            ))}
          </div>
        )}
      </div>
    </div>
  );
}

function File({ session, file, url }: { session: Session; file: MediaFile; url: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const shown = video.current;
    if (shown === null) return;
    const pictures = new ShownPictures(shown);
    const source: Source = {
      get seconds() {
        return shown.currentTime;
      },
      get playing() {
        return !shown.paused && !shown.ended;
      },
      play: () => void shown.play().catch(() => {}),
      stop: () => shown.pause(),
      seek: (seconds) => {
        pictures.sought();
        shown.currentTime = seconds;
      },
      pictureSeconds: () => pictures.latest(),
    };
    session.playhead.attach(source);
    return () => {
      pictures.end();
      session.playhead.attach(null);
    };
  }, [session]);
  return (
    <video
      ref={video}
      class={style.file}
      src={url}
      preload="auto"
      playsInline
      aria-label={words().title}
      onClick={() => session.playhead.toggle()}
      onLoadedMetadata={(event) => file.loaded(event.currentTarget)}
      onError={(event) => void file.broken(event.currentTarget)}
    >
      {/* The captions are shown over the picture, at the top, since the picture has its own below. */}
      <track kind="captions" />
    </video>
  );
}

/** The cropped frames of each place, below each other, ten per second. */
function Frames({ session }: { session: Session }) {
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  useEffect(() => {
    session.playhead.attach(new FrameClock(session.extent.value, () => performance.now()));
    return () => session.playhead.attach(null);
  }, [session]);
  const { clock, frames, trackCount } = session.store;
  const { startSeconds, frameCount } = clock.value;
  const at = Math.floor((session.playhead.seconds.value - startSeconds) * 10 + 1e-3);
  const frame = Math.max(0, Math.min(frameCount - 1, at));
  useEffect(() => {
    let shown = true;
    for (let track = 1; track <= trackCount.value; track++) {
      frames.picture(track, frame).then(
        (bitmap) => {
          const canvas = canvases.current[track - 1];
          if (!shown || canvas == null) return;
          canvas.width = bitmap.width;
          canvas.height = bitmap.height;
          canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
          canvas.dataset.frame = String(frame);
        },
        // The next frame may come; a single one that is missing stops nothing.
        () => {},
      );
    }
    return () => {
      shown = false;
    };
  }, [frames, trackCount.value, frame]);
  return (
    <>
      {Array.from({ length: trackCount.value }, (_, index) => (
        <canvas
          key={index + 1}
          ref={(canvas) => {
            canvases.current[index] = canvas;
          }}
          class={style.frames}
          role="img"
          aria-label={words().title}
        />
      ))}
    </>
  );
}
