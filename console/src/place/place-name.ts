import { placeOf, type Region } from "./model/region";
import { words } from "./words";

/** Return where a region is, in words. */
export function placeName(region: Region): string {
  const said = words();
  const { row, column } = placeOf(region);
  const names = {
    top: { left: said.atTopLeft, centre: said.atTop, right: said.atTopRight },
    middle: { left: said.atLeft, centre: said.atMiddle, right: said.atRight },
    bottom: { left: said.atBottomLeft, centre: said.atBottom, right: said.atBottomRight },
  };
  return names[row][column];
}

/** Return how sure the system is, in per cent; it is never quite sure. */
export function sureness(confidence: number): number {
  return Math.min(99, Math.round(confidence * 100));
}

export function percent(share: number): number {
  return Math.round(share * 100);
}
