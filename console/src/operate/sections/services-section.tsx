import { answer, api } from "../../api/client";
import { moment } from "../../messages/numbers";
import { serviceName } from "../../messages/waiting";
import style from "../operate.module.css";
import { words } from "../words";
import { usePrefect } from "./job-rows";
import { useLoading } from "./loading";
import { Section } from "./section";

/** The workers with the services that they cannot use, and the way to Prefect. */
export function ServicesSection() {
  const loading = useLoading(() => answer(api.GET("/operators/outages")));
  const prefect = usePrefect();
  const workers = loading.value ?? [];
  return (
    <Section title={words().services} loading={loading}>
      {workers.length === 0 && <p class={style.bad}>{words().noWorkers}</p>}
      <ul class={style.workers}>
        {workers.map(({ worker, outages }) => (
          <li key={worker} class={style.worker}>
            <h3>{words().worker(worker)}</h3>
            {outages.length === 0 && <p class={style.good}>{words().allWell}</p>}
            {outages.map(({ dependency, since, reason }) => (
              <div key={dependency} class={style.bad}>
                <p>{words().away(serviceName(dependency), moment(since))}</p>
                <p class={style.cause}>{reason}</p>
              </div>
            ))}
          </li>
        ))}
      </ul>
      <p>
        {prefect === null ? (
          <span class={style.quiet}>{words().notSet}</span>
        ) : (
          <a href={prefect} target="_blank" rel="noreferrer">
            {words().prefect}
          </a>
        )}
      </p>
    </Section>
  );
}
