/** Which rows of a long list are drawn. All rows have the same height, so this is arithmetic. */

export interface Window {
  first: number;
  /** Exclusive. */
  end: number;
}

/** Rows above and below the visible ones that are drawn too, so that a fast scroll shows no white. */
const OVERSCAN = 6;

export function visible(scrollTop: number, height: number, rowHeight: number, count: number): Window {
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight)) - OVERSCAN);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + OVERSCAN);
  return { first, end: Math.max(first, end) };
}

/** Where to scroll so that a row is seen whole; null when it is seen already. */
export function scrollFor(index: number, scrollTop: number, height: number, rowHeight: number): number | null {
  const top = index * rowHeight;
  // A row above and below stays in sight, so that a person sees what comes next.
  const margin = height > 3 * rowHeight ? rowHeight : 0;
  if (top - margin < scrollTop) return Math.max(0, top - margin);
  if (top + rowHeight + margin > scrollTop + height) return top + rowHeight + margin - height;
  return null;
}
