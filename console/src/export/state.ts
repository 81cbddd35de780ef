/** What the export view shows: the choice, and the file that it makes. */

import { batch, effect, signal } from "@preact/signals";
import { answer, api, type Schemas } from "../api/client";
import { sentenceOf } from "../api/problems";
import { readStored, writeStored } from "../app/stored";
import { fetchFile, type MadeFile } from "./file";
import { type ExportOptions, type Format, STRIPS } from "./model/options";
import { recalled, remembering } from "./model/remembered";

const KEY = "export";
/** A person who types an offset gets a preview when they stop, and the gateway one request. */
const PAUSE_MS = 200;

export type Exporting = ReturnType<typeof createExporting>;

export function createExporting(videoId: string) {
  const video = signal<Schemas["VideoView"] | null>(null);
  const choice = signal(recalled(readStored(KEY), videoId));
  const file = signal<MadeFile | null>(null);
  const failure = signal<string | null>(null);
  const isMaking = signal(false);
  /** Counts changes of the captions, each of which makes another file. */
  const changes = signal(0);

  async function loadVideo(): Promise<void> {
    try {
      const path = { video_id: videoId };
      video.value = await answer(api.GET("/videos/{video_id}", { params: { path } }));
    } catch (error) {
      failure.value = sentenceOf(error);
    }
  }

  async function make(format: Format, options: ExportOptions, stopped: AbortSignal): Promise<void> {
    if (format === STRIPS) return;
    isMaking.value = true;
    try {
      const made = await fetchFile(videoId, format, options, stopped);
      batch(() => {
        file.value = made;
        failure.value = null;
      });
    } catch (error) {
      if (stopped.aborted) return;
      batch(() => {
        file.value = null;
        failure.value = sentenceOf(error);
      });
    } finally {
      if (!stopped.aborted) isMaking.value = false;
    }
  }

  /** Make the file of each choice; return a function that ends it. */
  function start(): () => void {
    let isFirst = true;
    return effect(() => {
      const { format, options } = choice.value;
      changes.value;
      const stop = new AbortController();
      const timer = setTimeout(() => void make(format, options, stop.signal), isFirst ? 0 : PAUSE_MS);
      isFirst = false;
      return () => {
        clearTimeout(timer);
        stop.abort();
      };
    });
  }

  return {
    videoId,
    video,
    choice,
    file,
    failure,
    isMaking,
    start,
    loadVideo,
    again: () => {
      changes.value += 1;
    },
    choose: (format: Format, options: Partial<ExportOptions> = {}) => {
      const next = { format, options: { ...choice.value.options, ...options } };
      batch(() => {
        // The file of another format must not be shown as one of this format.
        if (format !== choice.value.format) file.value = null;
        failure.value = null;
        choice.value = next;
      });
      writeStored(KEY, remembering(readStored(KEY), videoId, next));
    },
  };
}
