/** A setting of this browser that survives a reload; a browser that forbids storage only forgets it. */
export function readStored(key: string): unknown {
  try {
    const text = localStorage.getItem(`captionacc.${key}`);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(`captionacc.${key}`, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden; the setting counts until the page is closed.
  }
}
