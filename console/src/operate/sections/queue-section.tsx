import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import { moment } from "../../messages/numbers";
import { waitingSentence } from "../../messages/waiting";
import { Button } from "../../parts/button";
import { PriorityDialog } from "../dialogs/priority-dialog";
import { TIERS } from "../model/policy";
import {
  byReason,
  canChangePriority,
  EVERYTHING,
  filtered,
  type QueueFilter,
  REASONS,
  type Waiting,
} from "../model/queue";
import { KINDS, kindName, reasonName, shortId } from "../names";
import style from "../operate.module.css";
import { words } from "../words";
import { useLoading } from "./loading";
import { Choice, Section } from "./section";

const PAGE = 200;
/** The most that one request of the API answers. */
const MOST = 500;

/** The waiting work of all tenants in the order of the queue. */
export function QueueSection() {
  const [filter, setFilter] = useState<QueueFilter>(EVERYTHING);
  const [limit, setLimit] = useState(PAGE);
  const [changing, setChanging] = useState<Waiting | null>(null);
  const loading = useLoading(() => answer(api.GET("/operators/jobs", { params: { query: { limit } } })), String(limit));
  const rows = loading.value?.items ?? [];
  const shown = filtered(rows, filter);
  const total = loading.value?.total ?? 0;
  return (
    <Section title={words().queue} loading={loading}>
      <Filter filter={filter} onChange={setFilter} rows={rows} />
      <p role="status">{total === 0 ? words().nothingWaits : words().waitingCount(shown.length, total)}</p>
      {shown.length > 0 && <Rows rows={shown} onChange={setChanging} />}
      {rows.length < total && limit < MOST && <Button onClick={() => setLimit(MOST)}>{words().more}</Button>}
      {changing !== null && (
        <PriorityDialog
          work={changing}
          onClose={() => {
            setChanging(null);
            void loading.reload();
          }}
        />
      )}
    </Section>
  );
}

interface FilterProps {
  filter: QueueFilter;
  onChange: (filter: QueueFilter) => void;
  rows: readonly Waiting[];
}

function Filter({ filter, onChange, rows }: FilterProps) {
  const said = words();
  const counts = new Map(byReason(rows));
  return (
    <div class={style.filters}>
      <input
        type="search"
        placeholder={said.filter}
        aria-label={said.filter}
        value={filter.text}
        onInput={(event) => onChange({ ...filter, text: event.currentTarget.value })}
      />
      <Choice
        label={said.reasonFilter}
        all={said.allReasons}
        value={filter.reason}
        choices={REASONS}
        nameOf={(reason) => `${reasonName(reason)} (${counts.get(reason) ?? 0})`}
        onChoose={(reason) => onChange({ ...filter, reason })}
      />
      <Choice
        label={said.kindFilter}
        all={said.allKinds}
        value={filter.kind}
        choices={KINDS}
        nameOf={kindName}
        onChoose={(kind) => onChange({ ...filter, kind })}
      />
      <Choice
        label={said.tierFilter}
        all={said.allTiers}
        value={filter.tier}
        choices={TIERS}
        nameOf={(tier) => tier}
        onChoose={(tier) => onChange({ ...filter, tier })}
      />
    </div>
  );
}

function Rows({ rows, onChange }: { rows: readonly Waiting[]; onChange: (work: Waiting) => void }) {
  const said = words();
  return (
    <table class={style.table}>
      <thead>
        <tr>
          <th scope="col">{said.place}</th>
          <th scope="col">{said.video}</th>
          <th scope="col">{said.kind}</th>
          <th scope="col">{said.tenant}</th>
          <th scope="col">{said.points}</th>
          <th scope="col">{said.reason}</th>
          <th scope="col">{said.since}</th>
          <th scope="col">
            <span class="visually-hidden">{said.change}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.job_id ?? row.video_id}>
            <td data-name={said.place}>{row.waiting.place ?? "–"}</td>
            <th scope="row" data-name={said.video}>
              {row.display_name}
            </th>
            <td data-name={said.kind}>
              {kindName(row.kind)}
              {row.attempt > 1 && <span class={style.quiet}> · {said.attempt(row.attempt)}</span>}
            </td>
            <td data-name={said.tenant} title={row.tenant_id}>
              {shortId(row.tenant_id)} <span class={style.quiet}>{row.tier}</span>
            </td>
            <td data-name={said.points}>{row.priority ?? "–"}</td>
            <td data-name={said.reason} title={waitingSentence(row.waiting)}>
              <span class={style.reason} data-reason={row.waiting.reason}>
                {reasonName(row.waiting.reason)}
              </span>
            </td>
            <td data-name={said.since}>{moment(row.requested_at)}</td>
            <td>
              {canChangePriority(row) && (
                <Button look="quiet" aria-label={said.changeOf(row.display_name)} onClick={() => onChange(row)}>
                  {said.change}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
