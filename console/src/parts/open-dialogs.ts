import { signal } from "@preact/signals";

/** The ids of the dialogs that are open, the topmost one last. */
export const openDialogs = signal<readonly string[]>([]);

/** Note that a dialog is open, above all others; return a function that notes its end. */
export function noteOpen(id: string): () => void {
  openDialogs.value = [...openDialogs.value, id];
  return () => {
    openDialogs.value = openDialogs.value.filter((open) => open !== id);
  };
}
