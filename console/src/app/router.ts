import { computed, signal } from "@preact/signals";

export const BASE = "/console";

/** The address of the page inside the console, such as `/videos`. */
export const path = signal(pathOf(globalThis.location?.pathname ?? BASE));
/** The query of the page; views may keep filters there. */
export const query = signal(new URLSearchParams(globalThis.location?.search ?? ""));

/** What each view gets. */
export interface ViewProps {
  /** The video of the address; empty on pages without one. */
  videoId: string;
}

export interface Found<R> {
  route: R;
  params: Record<string, string>;
}

/** Return the part of a path below the console's base; `/videos` for the base itself. */
export function pathOf(pathname: string): string {
  const inside = pathname.startsWith(`${BASE}/`) ? pathname.slice(BASE.length) : "/";
  const trimmed = inside.replace(/\/+$/, "");
  return trimmed === "" ? "/videos" : trimmed;
}

/** Return the first route whose pattern, such as `/videos/:id/place`, fits the path. */
export function findRoute<R extends { pattern: string }>(routes: readonly R[], at: string): Found<R> | null {
  const parts = at.split("/");
  for (const route of routes) {
    const wanted = route.pattern.split("/");
    if (wanted.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((want, index) => {
      const part = parts[index] ?? "";
      if (!want.startsWith(":")) return want === part;
      params[want.slice(1)] = decoded(part);
      return part !== "";
    });
    if (fits) return { route, params };
  }
  return null;
}

/** Return a part of a path without its escapes; one that is not well formed stays as it is, and fits no video. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Show another page; `to` is an address inside the console and may have a query. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  const address = BASE + to;
  if (options.replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  readAddress();
  if (!options.replace) scrollTo(0, 0);
}

export function readAddress(): void {
  path.value = pathOf(location.pathname);
  query.value = new URLSearchParams(location.search);
}

/** The id of the video that the page shows, if it shows one. */
export const openVideo = computed(() => path.value.match(/^\/videos\/([^/]+)\//)?.[1] ?? null);

globalThis.addEventListener?.("popstate", readAddress);
