/** Fetches exported files whole, so that what is shown is what is downloaded. */

import { GATEWAY } from "../api/client";
import { problemOf, UnreachableError } from "../api/problems";
import { endSession, token } from "../app/session";
import { type ExportOptions, type FileFormat, pathOf } from "./model/options";
import { fileNameOf } from "./model/preview";

export interface MadeFile {
  name: string;
  bytes: Blob;
  text: string;
}

/**
 * Fetch an exported file.
 *
 * @throws ProblemError The gateway refused the export.
 * @throws UnreachableError The gateway did not answer.
 */
export async function fetchFile(
  videoId: string,
  format: FileFormat,
  options: ExportOptions,
  signal?: AbortSignal,
): Promise<MadeFile> {
  const response = await asked(GATEWAY + pathOf(videoId, format, options), signal);
  if (!response.ok) {
    if (response.status === 401) endSession();
    throw problemOf(response, await response.json().catch(() => null));
  }
  const bytes = await response.blob();
  const name = fileNameOf(response.headers.get("Content-Disposition")) ?? `captions.${format}`;
  return { name, bytes, text: await bytes.text() };
}

async function asked(address: string, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, {
      headers: { Authorization: `Bearer ${token.value ?? ""}` },
      signal: signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new UnreachableError("The gateway cannot be reached.");
  }
}

/** Give a file to the person as a download. */
export function download(name: string, bytes: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  // The browser reads the address after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
