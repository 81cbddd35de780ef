import type { Language } from "../app/language";

/** Return a moment as people write it: the time today, else the day too. */
export function moment(text: string, language: Language, now = new Date()): string {
  const at = new Date(text);
  const sameDay = at.toDateString() === now.toDateString();
  return new Intl.DateTimeFormat(
    language === "zh" ? "zh-Hans" : "en-GB",
    sameDay ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" },
  ).format(at);
}
