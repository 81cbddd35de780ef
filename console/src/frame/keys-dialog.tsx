import { useState } from "preact/hooks";
import { comboOf, isModifier, keycaps } from "../app/combos";
import {
  type Command,
  type CommandGroup,
  changedKeys,
  changeKeys,
  commandGroups,
  keysOf,
  keysShown,
} from "../app/keys";
import { words } from "../app/words";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import style from "./keys-dialog.module.css";

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Shows all keys of the page, which the person can change. */
export function KeysDialog() {
  return (
    <Dialog
      title={words().keysTitle}
      wide
      onClose={() => {
        keysShown.value = false;
      }}
    >
      <p>{words().keysHow}</p>
      {commandGroups()
        .reverse()
        .map((group) => (
          <KeyTable key={group.name} group={group} />
        ))}
    </Dialog>
  );
}

function KeyTable({ group }: { group: CommandGroup }) {
  const [changing, setChanging] = useState<string | null>(null);
  const [taken, setTaken] = useState<string | null>(null);
  const press = (event: KeyboardEvent, command: Command) => {
    if (changing !== command.id || isModifier(event.key) || event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return setChanging(null);
    const combo = comboOf(event);
    const other = group.commands.find((one) => one.id !== command.id && keysOf(one).includes(combo));
    if (other !== undefined) return setTaken(other.name);
    changeKeys(command.id, [combo]);
    setTaken(null);
    setChanging(null);
  };
  return (
    <section>
      <h3 class={style.heading}>{group.name}</h3>
      {taken !== null && (
        <p class={style.taken} role="alert">
          {words().keyTaken(taken)}
        </p>
      )}
      <ul class={style.list}>
        {group.commands.map((command) => (
          <li key={command.id} class={style.row}>
            <span>{command.name}</span>
            {changedKeys.value[command.id] !== undefined && (
              <Button
                look="quiet"
                aria-label={words().keyResetOf(command.name)}
                onClick={() => changeKeys(command.id, null)}
              >
                {words().keyReset}
              </Button>
            )}
            <Button
              look="quiet"
              aria-label={words().keyChange(command.name, keysOf(command).join(", "))}
              onClick={() => setChanging(command.id)}
              onBlur={() => setChanging(null)}
              onKeyDown={(event) => press(event, command)}
            >
              {changing === command.id ? words().keyPress : <Keys combos={keysOf(command)} />}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Shows combinations as keys, for example beside the name of a button. */
export function Keys({ combos }: { combos: string[] }) {
  return (
    <span class={style.combos}>
      {combos.map((combo) => (
        <span key={combo} class={style.combo}>
          {keycaps(combo, MAC).map((cap) => (
            <kbd key={cap}>{cap}</kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
