import { readStored, writeStored } from "../app/stored";
import type { FileMark } from "./files";

type Remembered = Record<string, FileMark>;

// So that the list cannot grow without end; an upload that nobody completes expires after a day.
const MOST = 200;

/** The uploads that this browser began and did not complete, by their id. */
export function rememberedUploads(): Remembered {
  const stored = readStored("uploads");
  return typeof stored === "object" && stored !== null ? (stored as Remembered) : {};
}

export function rememberUpload(id: string, mark: FileMark): void {
  const kept = Object.entries(rememberedUploads()).slice(-MOST);
  writeStored("uploads", { ...Object.fromEntries(kept), [id]: mark });
}

export function forgetUpload(id: string): void {
  const { [id]: _, ...others } = rememberedUploads();
  writeStored("uploads", others);
}
