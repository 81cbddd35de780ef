import { effect, signal } from "@preact/signals";
import { readStored, writeStored } from "./stored";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** What the person chose; "system" follows the setting of the machine. */
export const theme = signal<Theme>("system");

/** Changes whenever the colours of the page do: what draws on a canvas reads it. */
export const colourChanges = signal(0);

export function startTheme(): void {
  const changed = () => {
    colourChanges.value = colourChanges.peek() + 1;
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  const stored = readStored("theme");
  theme.value = THEMES.find((name) => name === stored) ?? "system";
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    writeStored("theme", theme.value);
    changed();
  });
}
