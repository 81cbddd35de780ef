/** The parts of a keyboard event that name a combination. */
export interface Pressed {
  key: string;
  /** The place of the key, such as `KeyC`. */
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/**
 * Return the name of a pressed combination, such as `S`, `Mod+Z`, `Shift+ArrowLeft` or `?`.
 *
 * `Mod` is Ctrl, and Command on a Mac. Shift is part of the name only where it does not change the sign.
 */
export function comboOf(pressed: Pressed): string {
  const key = keyOf(pressed);
  const letter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  const sign = key.length === 1 && !letter;
  const parts: string[] = [];
  if (pressed.ctrlKey || pressed.metaKey) parts.push("Mod");
  if (pressed.altKey) parts.push("Alt");
  if (pressed.shiftKey && !sign) parts.push("Shift");
  parts.push(letter ? key.toUpperCase() : key);
  return parts.join("+");
}

function keyOf({ key, code, altKey, ctrlKey }: Pressed): string {
  // Option on a Mac types another sign: with C, ç. AltGr, which types signs too, counts as Ctrl and Alt.
  if (altKey && !ctrlKey && code.startsWith("Key")) return code.slice("Key".length);
  return key === " " ? "Space" : key;
}

export function isModifier(key: string): boolean {
  return ["Control", "Meta", "Alt", "Shift", "AltGraph", "CapsLock", "Dead", "Process"].includes(key);
}

const SHOWN: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  Delete: "Del",
};

/** Return the combination as keys to show, such as `["Ctrl", "Z"]`. */
export function keycaps(combo: string, mac: boolean): string[] {
  // The last part may be a plus sign itself.
  const parts = combo.endsWith("++")
    ? [...combo.slice(0, -2).split("+"), "+"]
    : combo === "+"
      ? ["+"]
      : combo.split("+");
  return parts.map((part) => (part === "Mod" ? (mac ? "⌘" : "Ctrl") : (SHOWN[part] ?? part)));
}
