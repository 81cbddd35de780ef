/**
 * Which tab of this browser sends an upload. A lock says so: it ends with its tab, also when the tab crashes.
 *
 * Browsers have locks only on pages from this machine or with TLS. Elsewhere, each tab takes the uploads of other tabs
 * for interrupted ones.
 */

const letGo = new Map<string, () => void>();

function nameOf(uploadId: string): string {
  return `captionacc.upload.${uploadId}`;
}

/** Take an upload for this tab until `release`; return false when another tab has it. */
export function own(uploadId: string): Promise<boolean> {
  if (letGo.has(uploadId) || navigator.locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(nameOf(uploadId), { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      if (lock === null) return;
      return new Promise<void>((end) => letGo.set(uploadId, end));
    });
  });
}

/** Let other tabs have the upload. */
export function release(uploadId: string): void {
  letGo.get(uploadId)?.();
  letGo.delete(uploadId);
}

/** Return which of the uploads other tabs send now. */
export async function ownedElsewhere(uploadIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  const names = new Set(held.map((lock) => lock.name));
  return new Set(uploadIds.filter((id) => names.has(nameOf(id)) && !letGo.has(id)));
}

/** Wait until no tab has the upload any more. */
export async function untilReleased(uploadId: string): Promise<void> {
  await navigator.locks?.request(nameOf(uploadId), { mode: "shared" }, () => {});
}
