import { effect, signal } from "@preact/signals";
import { readStored, writeStored } from "./stored";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** What the person chose; "system" follows the setting of the machine. */
export const theme = signal<Theme>("system");

export function startTheme(): void {
  const stored = readStored("theme");
  theme.value = THEMES.find((name) => name === stored) ?? "system";
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    writeStored("theme", theme.value);
  });
}
