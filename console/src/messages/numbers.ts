import { type Language, language } from "../app/language";

/** Make a format once per language: making one takes longer than a hundred uses, and lists use one per row. */
function formats<F>(make: (locale: string) => F): () => F {
  const made = new Map<Language, F>();
  return () => {
    const found = made.get(language.value) ?? make(language.value === "zh" ? "zh-CN" : "en-GB");
    made.set(language.value, found);
    return found;
  };
}

const seconds = formats((locale) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }));
const minutes = formats((locale) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }));
const amounts = formats((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }));

/** Return a moment as people of the page's language write it. */
export function moment(time: string | null): string {
  return time === null ? "" : seconds().format(new Date(time));
}

/** Return a moment without its seconds. */
export function minute(time: string): string {
  return minutes().format(new Date(time));
}

/** Return an amount with few digits. */
export function amount(value: number): string {
  return amounts().format(value);
}
