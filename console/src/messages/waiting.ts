import type { components } from "../api/schema";
import { limitSentence } from "./limits";
import { words } from "./words";

type Waiting = components["schemas"]["WaitingView"];

/** Say why work waits, in the language of the page. */
export function waitingSentence({ reason, outage, limit, message }: Waiting): string {
  const said = words();
  switch (reason) {
    case "place":
      return said.inTurn;
    case "pause":
      return said.afterRetry;
    case "tenant_busy":
      return said.tenantBusy;
    case "outage":
      return outage === null ? message : said.outage(serviceName(outage));
    case "limit":
    case "budget":
      return limit === null ? message : limitSentence(limit);
  }
}

export function serviceName(dependency: components["schemas"]["Dependency"]): string {
  const said = words();
  return {
    database: said.database,
    object_store: said.objectStore,
    compute: said.compute,
    ocr: said.ocr,
  }[dependency];
}
