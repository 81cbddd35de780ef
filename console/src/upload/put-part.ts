import { UnreachableError } from "../api/problems";

/** The address of a part does not work any more, or the store refused the part. */
export class PartRefusedError extends Error {
  override readonly name = "PartRefusedError";
}

/**
 * Send a part to the object store. `fetch` cannot say how much of a body is sent, so this is an XMLHttpRequest.
 *
 * @throws PartRefusedError The store refused the part, for example because its address has expired.
 * @throws UnreachableError The connection broke.
 */
export function putPart(
  url: string,
  body: Blob,
  { onProgress, signal }: { onProgress: (sent: number) => void; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort);
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else if (request.status >= 500) reject(new UnreachableError(`The store answered ${request.status}.`));
      else reject(new PartRefusedError(`The store answered ${request.status}.`));
    };
    request.onerror = () => reject(new UnreachableError("The connection to the store broke."));
    request.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", abort);
    request.open("PUT", url);
    if (signal.aborted) reject(new DOMException("The upload was stopped.", "AbortError"));
    else request.send(body);
  });
}
