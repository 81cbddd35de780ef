import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { comboOf, isModifier } from "./combos";
import { readStored, writeStored } from "./stored";

/** Something that a key does. */
export interface Command {
  /** A stable name, such as `captions.split`; changed keys are stored under it. */
  id: string;
  /** What it does, in the language of the page. */
  name: string;
  /** Its keys by default, such as `["S"]` or `["Mod+Shift+Z", "Mod+Y"]`. */
  keys: string[];
  run: (event: KeyboardEvent) => void;
  /** Works while the person types in a field too. Without it, a field keeps its keys. */
  inFields?: boolean;
}

export interface CommandGroup {
  name: string;
  commands: Command[];
}

/** Keys that the person changed, by the id of the command. */
export const changedKeys = signal<Record<string, string[]>>(readChanged());
/** Whether the list of keys is open. */
export const keysShown = signal(false);

// The latest group comes first in a conflict: a dialog's keys win over those of the view below it.
const groups: { current: CommandGroup }[] = [];

/** Register the keys of a view while it is shown. */
export function useKeys(name: string, commands: Command[]): void {
  const group = useRef({ name, commands });
  group.current = { name, commands };
  useEffect(() => {
    groups.push(group);
    return () => {
      groups.splice(groups.indexOf(group), 1);
    };
  }, []);
}

export function commandGroups(): CommandGroup[] {
  return groups.map((group) => group.current);
}

export function keysOf(command: Pick<Command, "id" | "keys">): string[] {
  return changedKeys.value[command.id] ?? command.keys;
}

/** Give a command other keys; null: its own ones again. */
export function changeKeys(id: string, keys: string[] | null): void {
  const { [id]: _, ...others } = changedKeys.value;
  changedKeys.value = keys === null ? others : { ...others, [id]: keys };
  writeStored("keys", changedKeys.value);
}

/** Return the command that a combination runs. */
export function findCommand(among: CommandGroup[], combo: string, inField: boolean): Command | null {
  for (const group of [...among].reverse()) {
    const found = group.commands.find((command) => keysOf(command).includes(combo) && (!inField || command.inFields));
    if (found !== undefined) return found;
  }
  return null;
}

/** Let the page hear keys; return a function that ends it. */
export function listenForKeys(target: Pick<EventTarget, "addEventListener" | "removeEventListener">): () => void {
  const press = (event: Event) => onKey(event as KeyboardEvent);
  target.addEventListener("keydown", press);
  return () => target.removeEventListener("keydown", press);
}

function onKey(event: KeyboardEvent): void {
  // A key that composes a character, as in Chinese input, belongs to the field.
  if (event.defaultPrevented || event.isComposing || isModifier(event.key)) return;
  const target = event.target instanceof Element ? event.target : null;
  // An open dialog has its own keys, which its views handle themselves.
  if (target?.closest("dialog") && !target.closest("[data-view-keys]")) return;
  const combo = comboOf(event);
  // Space and Enter press the button or follow the link that has the focus.
  if (["Space", "Enter"].includes(combo) && target?.closest("button, a, summary, [role=menuitem]")) return;
  const command = findCommand(commandGroups(), combo, isField(target));
  if (command === null) return;
  event.preventDefault();
  command.run(event);
}

function isField(target: Element | null): boolean {
  if (target === null) return false;
  if (target instanceof HTMLInputElement) return !["button", "checkbox", "radio", "submit"].includes(target.type);
  return target.closest("textarea, select, [contenteditable]") !== null;
}

function readChanged(): Record<string, string[]> {
  const stored = readStored("keys");
  if (typeof stored !== "object" || stored === null) return {};
  return Object.fromEntries(Object.entries(stored).filter(([, keys]) => Array.isArray(keys)));
}
