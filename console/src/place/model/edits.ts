/** The regions that a person edits, with undo and redo. Every step is a new value. */

import { MOST_TRACKS, type Region } from "./region";

export interface Edits {
  regions: readonly Region[];
  /** Position of the region that has the focus, or -1. */
  selected: number;
  past: readonly (readonly Region[])[];
  future: readonly (readonly Region[])[];
}

/** More steps than a person takes back by hand. */
const MOST_STEPS = 200;

export function begun(regions: readonly Region[]): Edits {
  return { regions, selected: regions.length > 0 ? 0 : -1, past: [], future: [] };
}

function step(edits: Edits, regions: readonly Region[], selected: number): Edits {
  const past = [...edits.past, edits.regions].slice(-MOST_STEPS);
  return { regions, selected, past, future: [] };
}

/** Shows a region while it is dragged, without a step for undo. */
export function shown(edits: Edits, index: number, region: Region): Edits {
  const regions = edits.regions.map((each, position) => (position === index ? region : each));
  return { ...edits, regions, selected: index };
}

/** Ends a drag or a key press that began with `before`: one step for undo. */
export function settled(edits: Edits, before: readonly Region[]): Edits {
  if (before === edits.regions) {
    return edits;
  }
  const past = [...edits.past, before].slice(-MOST_STEPS);
  return { ...edits, past, future: [] };
}

export function changed(edits: Edits, index: number, region: Region): Edits {
  return step(edits, shown(edits, index, region).regions, index);
}

export function added(edits: Edits, region: Region): Edits {
  if (edits.regions.length >= MOST_TRACKS) {
    return edits;
  }
  return step(edits, [...edits.regions, region], edits.regions.length);
}

export function removed(edits: Edits, index: number): Edits {
  const regions = edits.regions.filter((_, position) => position !== index);
  return step(edits, regions, Math.min(index, regions.length - 1));
}

/** The region becomes the first track; the others follow in their order. */
export function first(edits: Edits, index: number): Edits {
  const chosen = edits.regions[index];
  if (chosen === undefined || index === 0) {
    return edits;
  }
  const others = edits.regions.filter((_, position) => position !== index);
  return step(edits, [chosen, ...others], 0);
}

export function replaced(edits: Edits, regions: readonly Region[]): Edits {
  return step(edits, regions, regions.length > 0 ? 0 : -1);
}

export function undone(edits: Edits): Edits {
  const regions = edits.past.at(-1);
  if (regions === undefined) {
    return edits;
  }
  return {
    regions,
    selected: Math.min(edits.selected, regions.length - 1),
    past: edits.past.slice(0, -1),
    future: [edits.regions, ...edits.future],
  };
}

export function redone(edits: Edits): Edits {
  const [regions, ...future] = edits.future;
  if (regions === undefined) {
    return edits;
  }
  return {
    regions,
    selected: Math.min(Math.max(edits.selected, 0), regions.length - 1),
    past: [...edits.past, edits.regions],
    future,
  };
}
