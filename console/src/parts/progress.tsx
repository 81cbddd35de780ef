import style from "./progress.module.css";

/** A bar; `total` 0 means that nobody knows how long it takes. */
export function Progress({ label, done, total }: { label: string; done: number; total: number }) {
  if (total <= 0) return <progress class={style.bar} aria-label={label} />;
  return <progress class={style.bar} aria-label={label} value={Math.min(done, total)} max={total} />;
}
