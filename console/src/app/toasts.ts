import { signal } from "@preact/signals";

export interface Toast {
  text: string;
  tone?: "info" | "good" | "bad";
  /** A button, such as "Undo". Pressing it removes the toast. */
  action?: { label: string; run: () => void };
  /** Milliseconds until the toast goes by itself; 0: it stays. By default 6 s, and errors stay. */
  lasts?: number;
}

export interface ShownToast extends Toast {
  id: number;
}

const DEFAULT_MS = 6000;

export const toasts = signal<ShownToast[]>([]);
let latest = 0;

/** Show a message at the edge of the page; return a function that removes it. */
export function toast(message: Toast): () => void {
  latest += 1;
  const id = latest;
  // A fault that comes again and again is one message, not a page full of them.
  const others = toasts.value.filter((shown) => shown.text !== message.text || shown.action !== undefined);
  toasts.value = [...others, { ...message, id }];
  const remove = () => dismissToast(id);
  const lasts = message.lasts ?? (message.tone === "bad" ? 0 : DEFAULT_MS);
  if (lasts > 0) setTimeout(remove, lasts);
  return remove;
}

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((shown) => shown.id !== id);
}
