import { useEffect, useState } from "preact/hooks";
import { fetchVideo } from "../api/video";
import { openVideo } from "../app/router";
import { token } from "../app/session";

/** Return the name of the video that the page shows; null while it is not known. */
export function useVideoName(): string | null {
  const id = openVideo.value;
  const isSignedIn = token.value !== null;
  const [named, setNamed] = useState<{ id: string; name: string } | null>(null);
  useEffect(() => {
    if (id === null || !isSignedIn) return;
    let shown = true;
    fetchVideo(id).then(
      (video) => shown && setNamed({ id, name: video.display_name }),
      // The view says what is wrong with the video.
      () => {},
    );
    return () => {
      shown = false;
    };
  }, [id, isSignedIn]);
  return named !== null && named.id === id ? named.name : null;
}
