import { navigate, query } from "../app/router";
import { signedIn } from "../app/session";
import { classes } from "../parts/classes";
import { SECTIONS, type Section } from "./names";
import style from "./operate.module.css";
import { FailedSection } from "./sections/failed-section";
import { PolicySection } from "./sections/policy-section";
import { QueueSection } from "./sections/queue-section";
import { RunningSection } from "./sections/running-section";
import { ServicesSection } from "./sections/services-section";
import { TenantsSection } from "./sections/tenants-section";
import { words } from "./words";

const VIEWS = {
  queue: QueueSection,
  running: RunningSection,
  failed: FailedSection,
  tenants: TenantsSection,
  policy: PolicySection,
  services: ServicesSection,
} as const;

/** Shows operators the work of all tenants and lets them steer it. */
export function OperateView() {
  if (!signedIn.value?.operator) return <p class={style.note}>{words().onlyOperators}</p>;
  const shown = SECTIONS.find((each) => each === query.value.get("part")) ?? "queue";
  const View = VIEWS[shown];
  return (
    <section class={style.view} aria-labelledby="operate-title">
      <h1 id="operate-title">{words().title}</h1>
      <nav class={style.tabs} aria-label={words().sections}>
        {SECTIONS.map((section) => (
          <Tab key={section} section={section} isShown={section === shown} />
        ))}
      </nav>
      <View />
    </section>
  );
}

function Tab({ section, isShown }: { section: Section; isShown: boolean }) {
  return (
    <button
      type="button"
      class={classes(style.tab, isShown && style.here)}
      aria-current={isShown ? "page" : undefined}
      onClick={() => navigate(`/operate?part=${section}`)}
    >
      {words()[section]}
    </button>
  );
}
