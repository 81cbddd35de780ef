import { effect, signal } from "@preact/signals";
import { readStored, writeStored } from "./stored";

export const LANGUAGES = { en: "English", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;

export const language = signal<Language>("en");

type Word = string | ((...values: never[]) => string);
type SameWords<W> = {
  [K in keyof W]: W[K] extends (...values: infer V) => string ? (...values: V) => string : string;
};

/**
 * Check that both languages have the same words, and return a function that gives those of the present language.
 *
 * A component that calls the function is drawn again when the language changes.
 */
export function defineWords<W extends Record<string, Word>>(all: { en: W; zh: SameWords<W> }): () => SameWords<W> {
  // The mapped type says the same of each word as its own type, which the compiler cannot see for an open W.
  const english = all.en as unknown as SameWords<W>;
  return () => (language.value === "zh" ? all.zh : english);
}

export function startLanguage(): void {
  const stored = readStored("language");
  const preferred = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  language.value = stored === "en" || stored === "zh" ? stored : preferred;
  effect(() => {
    document.documentElement.lang = language.value === "zh" ? "zh-Hans" : "en";
    writeStored("language", language.value);
  });
}
