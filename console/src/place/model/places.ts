/** The places that the system proposes, and what approving regions means for the captions at hand. */

import type { components } from "../../api/schema";
import { area, mostlySame, type Region, same, sharedArea } from "./region";

export type Suggestion = components["schemas"]["SuggestedTrack"];
type CropTrack = components["schemas"]["CropTrack"];

export interface Place {
  kind: "suggested" | "runnerUp";
  region: Region;
  confidence: number;
}

/** Suggested places and runner-ups, the surest first. */
export function proposals(suggested: readonly Suggestion[], runnersUp: readonly Suggestion[]): Place[] {
  const places = [
    ...suggested.map((each) => ({ kind: "suggested" as const, ...part(each) })),
    ...runnersUp.map((each) => ({ kind: "runnerUp" as const, ...part(each) })),
  ];
  return places.sort((one, other) => other.confidence - one.confidence);
}

function part(suggestion: Suggestion): { region: Region; confidence: number } {
  return { region: suggestion.crop_region, confidence: suggestion.confidence };
}

/** Proposals that no present region covers. */
export function open(places: readonly Place[], regions: readonly Region[]): Place[] {
  return places.filter((place) => !regions.some((region) => mostlySame(place.region, region)));
}

/** The proposal that a region came from, so that its confidence can stand at the region. */
export function originOf(region: Region, places: readonly Place[]): Place | null {
  const alike = places.filter((place) => mostlySame(place.region, region));
  alike.sort((one, other) => sharedArea(other.region, region) - sharedArea(one.region, region));
  return alike[0] ?? null;
}

/** The regions to begin with: those in force, else those that are suggested. */
export function initial(video: { tracks: readonly CropTrack[]; suggested_tracks: readonly Suggestion[] }): Region[] {
  const source = video.tracks.length > 0 ? video.tracks : video.suggested_tracks;
  return source.map((each) => each.crop_region);
}

export interface Succession {
  /** Number of the former track, from 1. */
  former: number;
  /** Number of the track that carries it on; null when its place is no longer searched. */
  next: number | null;
}

/** Which new track carries on which former one, by the rule of the API: the new region shares at
 * least half of the smaller one of the two; if several do, the one that shares the greatest area. */
export function successions(former: readonly Region[], next: readonly Region[]): Succession[] {
  return former.map((region, index) => {
    const heirs = next
      .map((other, position) => ({
        number: position + 1,
        alike: mostlySame(region, other),
        shared: sharedArea(region, other),
      }))
      .filter((each) => each.alike)
      .sort((one, other) => other.shared - one.shared);
    return { former: index + 1, next: heirs[0]?.number ?? null };
  });
}

/** Whether approving changes nothing: the same regions in the same order are in force. */
export function unchanged(inForce: readonly Region[], regions: readonly Region[]): boolean {
  return (
    inForce.length === regions.length &&
    inForce.every((each, index) => {
      const other = regions[index];
      return other !== undefined && same(each, other);
    })
  );
}

/** The share of the picture that is searched, which decides what the search costs. */
export function searchedShare(regions: readonly Region[]): number {
  return Math.min(
    1,
    regions.reduce((sum, region) => sum + area(region), 0),
  );
}
