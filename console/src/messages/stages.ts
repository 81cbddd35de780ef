import { words } from "./words";

/** Return what a step of the work does; a step of a newer gateway keeps its own name. */
export function stageName(stage: string): string {
  const said = words();
  const names: Record<string, string> = {
    frames: said.readingFrames,
    ocr: said.readingText,
    upload: said.storing,
    crop_and_infer: said.croppingAndFinding,
  };
  return names[stage] ?? stage;
}
