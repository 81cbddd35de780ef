/** The shapes of the API that the captions view works with, by short names. */

import type { components } from "../../api/schema";

export type Caption = components["schemas"]["CaptionView"];
export type CaptionList = components["schemas"]["CaptionList"];
export type EditedCaptions = components["schemas"]["EditedCaptions"];
export type Change = components["schemas"]["ChangeView"];
export type TextStatus = components["schemas"]["TextStatus"];

/** The fields of a caption that an update sets; fields that are left out keep their value. */
export interface CaptionFields {
  text?: string | null;
  text_status?: TextStatus | null;
  text_notes?: string | null;
  state?: "confirmed" | "predicted";
  start_frame?: number;
  end_frame?: number;
  start_seconds?: number | null;
  end_seconds?: number | null;
}

/**
 * One operation of an edit. `caption` is the id of a caption; a negative one stands for a caption
 * that an edit which is not acknowledged yet will make.
 */
export type Operation =
  | ({ op: "update"; caption: number; version: number } & CaptionFields)
  | { op: "split"; caption: number; version: number; frame: number; texts: [string, string]; made: number }
  | { op: "merge"; caption: number; version: number; other: number; otherVersion: number }
  | {
      op: "add";
      track: number;
      start_frame: number;
      end_frame: number;
      text: string | null;
      state: "predicted";
      made: number;
    }
  | { op: "delete"; caption: number; version: number };

/** The end of a caption that a person moves. */
export type Side = "start" | "end";

/** What the frames and seconds of a video have to do with each other. */
export interface Clock {
  /** The time of frame 0 on the clock of the file. */
  startSeconds: number;
  frameCount: number;
}

/** Frames per second of the grid; part of the data format. */
export const FRAMES_PER_SECOND = 10;
