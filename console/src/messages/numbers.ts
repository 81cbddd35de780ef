import { language } from "../app/language";

/** Return a moment as people of the page's language write it. */
export function moment(time: string | null): string {
  if (time === null) return "";
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(new Date(time));
}

/** Return an amount with few digits. */
export function amount(value: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 2 }).format(value);
}

function locale(): string {
  return language.value === "zh" ? "zh-CN" : "en-GB";
}
