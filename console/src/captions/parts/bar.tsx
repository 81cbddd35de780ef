import type { Signal } from "@preact/signals";
import { Menu } from "../../parts/menu";
import type { Order } from "../model/order";
import type { Actions } from "../state/actions";
import type { CaptionsStore } from "../state/store";
import { words } from "../words";
import style from "./bar.module.css";
import { focusList } from "./editor";

export type DialogName = "replace" | "convert" | "checks";

interface BarProps {
  store: CaptionsStore;
  actions: Actions;
  dialog: Signal<DialogName | null>;
}

/** How far the person is, whether everything is saved, and which captions are shown in which order. */
export function Bar({ store, actions, dialog }: BarProps) {
  const said = words();
  const open = (name: DialogName) => () => {
    dialog.value = name;
  };
  const all = store.captions.value.size;
  return (
    <div class={style.bar}>
      <span class={style.progress}>
        <progress max={Math.max(1, all)} value={store.confirmedCount.value} aria-hidden="true" />
        {said.progress(store.confirmedCount.value, all)}
      </span>
      <SavingState store={store} />
      <label class={style.choice} title={said.doubtHow}>
        <span>{said.order}</span>
        <select value={store.order.value} onChange={(event) => store.sort(event.currentTarget.value as Order)}>
          <option value="doubt">{said.byDoubt}</option>
          <option value="time">{said.byTime}</option>
        </select>
      </label>
      {store.trackCount.value > 1 && <TrackChoice store={store} />}
      <input
        id="captions-filter"
        class={style.filter}
        type="search"
        placeholder={said.filter}
        aria-label={said.filter}
        value={store.filter.value}
        onInput={(event) => {
          store.filter.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape" || event.key === "Enter") focusList();
        }}
      />
      <Menu
        label={said.more}
        look="plain"
        items={[
          { label: said.sortAgain, run: () => store.sort(store.order.value) },
          { label: said.findReplace, run: open("replace") },
          { label: said.convert, run: open("convert") },
          { label: said.checks, run: open("checks") },
          { label: said.readSelectionAgain(store.chosen.value.size), run: () => void actions.readAgain() },
          { label: said.addBefore, run: () => void actions.addBeside("before") },
          { label: said.add, run: () => void actions.addBeside("after") },
          { label: said.undo, run: actions.undo },
          { label: said.redo, run: actions.redo },
        ]}
      >
        {said.more}
      </Menu>
    </div>
  );
}

function SavingState({ store }: { store: CaptionsStore }) {
  const state = store.outbox.state.value;
  const count = store.outbox.pending.value.length;
  return (
    <span class={state === "waiting" ? style.waiting : style.saving} role="status" data-saving={state}>
      {state === "saved" ? words().saved : state === "sending" ? words().sending : words().waiting(count)}
    </span>
  );
}

function TrackChoice({ store }: { store: CaptionsStore }) {
  return (
    <label class={style.choice}>
      <span>{words().places}</span>
      <select
        value={store.track.value ?? ""}
        onChange={(event) => {
          store.track.value = event.currentTarget.value === "" ? null : Number(event.currentTarget.value);
        }}
      >
        <option value="">{words().allPlaces}</option>
        {Array.from({ length: store.trackCount.value }, (_, index) => (
          <option key={index + 1} value={index + 1}>
            {words().place(index + 1)}
          </option>
        ))}
      </select>
    </label>
  );
}
