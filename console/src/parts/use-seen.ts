import { type MutableRef, useEffect, useRef } from "preact/hooks";

// Rows are asked about a little before they come into view.
const MARGIN = "300px";

/** Run something when an element is in view, and again when one of the inputs changes and it is in view. */
export function useSeen<E extends Element>(seen: () => void, inputs: readonly unknown[]): MutableRef<E | null> {
  const element = useRef<E>(null);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        seen();
      },
      { rootMargin: MARGIN },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, inputs);
  return element;
}
