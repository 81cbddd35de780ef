import { useEffect, useRef, useState } from "preact/hooks";
import { classes } from "../../parts/classes";
import type { FrameSource } from "../pictures/frame-source";
import { words } from "../words";
import style from "./frame-picture.module.css";

export interface FramePictureProps {
  frames: FrameSource;
  track: number;
  frame: number;
  /** Width per height, so that the picture has its place before it is there. */
  ratio: number;
  /** What the picture shows; empty when the text beside it says so. */
  label: string;
  class?: string | undefined;
}

/** A frame of a place. It keeps the former picture until the new one is there, so that nothing flickers. */
export function FramePicture({ frames, track, frame, ratio, label, class: more }: FramePictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let shown = true;
    frames.picture(track, frame).then(
      (bitmap) => {
        if (!shown || canvas.current === null) return;
        setFailed(false);
        canvas.current.width = bitmap.width;
        canvas.current.height = bitmap.height;
        canvas.current.getContext("2d")?.drawImage(bitmap, 0, 0);
        canvas.current.dataset.frame = String(frame);
      },
      () => shown && setFailed(true),
    );
    return () => {
      shown = false;
    };
  }, [frames, track, frame]);
  return (
    <>
      <canvas
        ref={canvas}
        class={classes(style.picture, more)}
        style={{ aspectRatio: String(ratio) }}
        {...(label === "" ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
        hidden={failed}
      />
      {failed && <span class={style.failed}>{words().noPicture}</span>}
    </>
  );
}
