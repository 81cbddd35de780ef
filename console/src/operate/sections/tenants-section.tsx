import { useState } from "preact/hooks";
import { answer, api, type Schemas } from "../../api/client";
import { amount } from "../../messages/numbers";
import { Button } from "../../parts/button";
import { bytes } from "../../parts/format";
import { Link } from "../../parts/link";
import { LimitsDialog } from "../dialogs/limits-dialog";
import { shortId } from "../names";
import style from "../operate.module.css";
import { words } from "../words";
import { useLoading } from "./loading";
import { Section } from "./section";

const MOST = 500;

type Tenant = Schemas["TenantSummary"];

/** The tenants with what they have and do, those with most work first. */
export function TenantsSection() {
  const [open, setOpen] = useState<Tenant | null>(null);
  const loading = useLoading(() => answer(api.GET("/operators/tenants", { params: { query: { limit: MOST } } })));
  const said = words();
  return (
    <Section title={said.tenants} loading={loading}>
      <table class={style.table}>
        <thead>
          <tr>
            <th scope="col">{said.tenant}</th>
            <th scope="col">{said.tier}</th>
            <th scope="col">{said.videos}</th>
            <th scope="col">{said.stored}</th>
            <th scope="col">{said.waiting}</th>
            <th scope="col">{said.running}</th>
            <th scope="col">{said.failed}</th>
            <th scope="col">{said.month}</th>
            <th scope="col">
              <span class="visually-hidden">{said.limits}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {(loading.value?.items ?? []).map((tenant) => (
            <Row key={tenant.tenant_id} tenant={tenant} onOpen={() => setOpen(tenant)} />
          ))}
        </tbody>
      </table>
      {open !== null && <LimitsDialog tenantId={open.tenant_id} name={nameOf(open)} onClose={() => setOpen(null)} />}
    </Section>
  );
}

function nameOf(tenant: Tenant): string {
  return tenant.name || shortId(tenant.tenant_id);
}

function Row({ tenant, onOpen }: { tenant: Tenant; onOpen: () => void }) {
  const said = words();
  return (
    <tr>
      <th scope="row" data-name={said.tenant} title={tenant.tenant_id}>
        {nameOf(tenant)}
      </th>
      <td data-name={said.tier}>{tenant.tier}</td>
      <td data-name={said.videos}>{tenant.videos}</td>
      <td data-name={said.stored}>{bytes(tenant.stored_bytes)}</td>
      <td data-name={said.waiting}>{tenant.waiting}</td>
      <td data-name={said.running}>{tenant.running}</td>
      <td data-name={said.failed}>
        {tenant.failed === 0 ? 0 : <Link to={`/operate?part=failed&tenant=${tenant.tenant_id}`}>{tenant.failed}</Link>}
      </td>
      <td data-name={said.month}>
        {amount(tenant.month_minutes)} min · {amount(tenant.month_usd)} US$
      </td>
      <td>
        <Button look="quiet" aria-label={said.limitsOf(nameOf(tenant))} onClick={onOpen}>
          {said.limits}
        </Button>
      </td>
    </tr>
  );
}
