import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { operationsOf, type Proposal, patternOf, proposals, replacements, type Search } from "../model/proposals";
import type { CaptionsStore } from "../state/store";
import { words } from "../words";
import { type Conversion, converter } from "./chinese";
import style from "./proposals-dialog.module.css";

/** More rows than a person looks through; all that are chosen are changed. */
const MOST_SHOWN = 200;

export interface ProposalsDialogProps {
  store: CaptionsStore;
  kind: "replace" | "convert";
  onClose: () => void;
}

/** Changes many texts, after the person has seen each text before and after. */
export function ProposalsDialog({ store, kind, onClose }: ProposalsDialogProps) {
  const found = useSignal<Proposal[]>([]);
  const left = useSignal<ReadonlySet<number>>(new Set());
  const chosen = found.value.filter((each) => !left.value.has(each.caption));
  const apply = () => {
    for (const operations of operationsOf(chosen, store.captions.value)) store.edit(operations);
    onClose();
  };
  const said = words();
  return (
    <Dialog
      title={kind === "replace" ? said.findReplace : said.convertTitle}
      wide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{said.cancel}</Button>
          <Button look="main" disabled={chosen.length === 0} onClick={apply}>
            {said.apply(chosen.length)}
          </Button>
        </>
      }
    >
      {kind === "replace" ? <SearchForm store={store} found={found} /> : <ConvertForm store={store} found={found} />}
      <p role="status">{said.preview(found.value.length)}</p>
      <Preview found={found.value} left={left} />
    </Dialog>
  );
}

interface FormProps {
  store: CaptionsStore;
  found: Signal<Proposal[]>;
}

function SearchForm({ store, found }: FormProps) {
  const search = useSignal<Search>({ find: "", replace: "", matchCase: false, expression: false });
  const set = (fields: Partial<Search>) => {
    search.value = { ...search.value, ...fields };
    found.value = replacements(store.captions.value, search.value);
  };
  const { find, replace, matchCase, expression } = search.value;
  const bad = find !== "" && patternOf(search.value) === null;
  return (
    <div class={style.form}>
      <label>
        {words().find}
        <input value={find} aria-invalid={bad} onInput={(event) => set({ find: event.currentTarget.value })} />
      </label>
      <label>
        {words().replace}
        <input value={replace} onInput={(event) => set({ replace: event.currentTarget.value })} />
      </label>
      <label class={style.box}>
        <input type="checkbox" checked={matchCase} onChange={() => set({ matchCase: !matchCase })} />
        {words().matchCase}
      </label>
      <label class={style.box}>
        <input type="checkbox" checked={expression} onChange={() => set({ expression: !expression })} />
        {words().expression}
      </label>
      {bad && <p role="alert">{words().badExpression}</p>}
    </div>
  );
}

function ConvertForm({ store, found }: FormProps) {
  const direction = useSignal<Conversion>("simplified");
  useEffect(() => {
    let shown = true;
    void converter(direction.value).then((convert) => {
      if (shown) found.value = proposals(store.captions.value, convert);
    });
    return () => {
      shown = false;
    };
  }, [store, found, direction.value]);
  const said = words();
  const names: [Conversion, string][] = [
    ["simplified", said.toSimplified],
    ["traditional", said.toTraditional],
    ["taiwan", said.toTaiwan],
    ["hongkong", said.toHongKong],
  ];
  return (
    <label class={style.form}>
      {said.direction}
      <select
        value={direction.value}
        onChange={(event) => {
          direction.value = event.currentTarget.value as Conversion;
        }}
      >
        {names.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Preview({ found, left }: { found: Proposal[]; left: Signal<ReadonlySet<number>> }) {
  if (found.length === 0) return null;
  const turn = (id: number) => {
    const next = new Set(left.value);
    if (!next.delete(id)) next.add(id);
    left.value = next;
  };
  return (
    <>
      <table class={style.table}>
        <thead>
          <tr>
            <td />
            <th scope="col">{words().before}</th>
            <th scope="col">{words().after}</th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, MOST_SHOWN).map(({ caption, before, after }) => (
            <tr key={caption}>
              <td>
                <input
                  type="checkbox"
                  aria-label={after}
                  checked={!left.value.has(caption)}
                  onChange={() => turn(caption)}
                />
              </td>
              <td>{before}</td>
              <td>{after}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > MOST_SHOWN && <p>{words().shown(MOST_SHOWN)}</p>}
    </>
  );
}
