import type { ComponentType } from "preact";
import type { ViewProps } from "../app/router";

export interface Route {
  pattern: string;
  /** The folder of the view, which is also the name of its page. */
  view: "videos" | "place" | "captions" | "watch" | "export" | "operate";
}

export const ROUTES: readonly Route[] = [
  { pattern: "/videos", view: "videos" },
  { pattern: "/videos/:id/place", view: "place" },
  { pattern: "/videos/:id/captions", view: "captions" },
  { pattern: "/videos/:id/watch", view: "watch" },
  { pattern: "/videos/:id/export", view: "export" },
  { pattern: "/operate", view: "operate" },
];

export const VIDEO_VIEWS = ["place", "captions", "watch", "export"] as const;

// Each view is a file of its own, which the browser loads when it first shows the view.
const modules = import.meta.glob<Record<string, ComponentType<ViewProps>>>("../*/view.tsx");

/** Load a view: the component of `<view>/view.tsx` that is named `XxxView`. */
export async function loadView(view: Route["view"]): Promise<ComponentType<ViewProps>> {
  const module = await modules[`../${view}/view.tsx`]?.();
  const name = `${view.charAt(0).toUpperCase()}${view.slice(1)}View`;
  const component = module?.[name];
  if (component === undefined) throw new Error(`${view}/view.tsx exports no ${name}.`);
  return component;
}
