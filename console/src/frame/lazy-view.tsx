import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ViewProps } from "../app/router";
import { words } from "../app/words";
import { loadView, type Route } from "./routes";
import style from "./shell.module.css";

/** Loads the file of a view and shows it. */
export function LazyView({ view, videoId }: { view: Route["view"]; videoId: string }) {
  const [loaded, setLoaded] = useState<{ view: string; component: ComponentType<ViewProps> } | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let shown = true;
    loadView(view).then(
      (component) => shown && setLoaded({ view, component }),
      (reason) => shown && setError(reason),
    );
    return () => {
      shown = false;
    };
  }, [view]);
  // The boundary around this component shows what happened.
  if (error !== null) throw error;
  if (loaded?.view !== view) return <p class={style.note}>{words().loading}</p>;
  const View = loaded.component;
  // Another video starts with a fresh view.
  return <View key={videoId} videoId={videoId} />;
}
