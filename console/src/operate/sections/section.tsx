import type { ComponentChildren } from "preact";
import { moment } from "../../messages/numbers";
import { Button } from "../../parts/button";
import style from "../operate.module.css";
import { words } from "../words";
import type { Loading } from "./loading";

interface SectionProps {
  title: string;
  loading: Loading<unknown>;
  children: ComponentChildren;
}

/** A part of the page, with what it says while it loads or cannot. */
export function Section({ title, loading, children }: SectionProps) {
  return (
    <section class={style.section} aria-label={title}>
      <header class={style.bar}>
        <h2>{title}</h2>
        {loading.at !== null && <p class={style.quiet}>{words().refreshed(moment(loading.at.toISOString()))}</p>}
        <Button look="quiet" onClick={() => void loading.reload()}>
          {words().refresh}
        </Button>
      </header>
      {loading.failure !== null && (
        <p class={style.bad} role="alert">
          {loading.failure}
        </p>
      )}
      {loading.value === null && loading.failure === null ? <p role="status">{words().loading}</p> : children}
    </section>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  /** What stands for no choice. */
  all: string;
  value: T | null;
  choices: readonly T[];
  nameOf: (choice: T) => string;
  onChoose: (choice: T | null) => void;
}

/** A list to choose one of, or none. */
export function Choice<T extends string>({ label, all, value, choices, nameOf, onChoose }: ChoiceProps<T>) {
  return (
    <select
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onChoose(choices.find((each) => each === event.currentTarget.value) ?? null)}
    >
      <option value="">{all}</option>
      {choices.map((each) => (
        <option key={each} value={each}>
          {nameOf(each)}
        </option>
      ))}
    </select>
  );
}
