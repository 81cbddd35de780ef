import { signal } from "@preact/signals";
import { answer, api } from "../../api/client";
import { signedIn } from "../../app/session";
import { words } from "../words";
import { callOf, type Person } from "./names";

// A name that the list lacks may have come since; more often would ask in vain for people without a name.
const ASK_AGAIN_MS = 30_000;

const people = signal<ReadonlyMap<string, Person>>(new Map());
let askedAt = Number.NEGATIVE_INFINITY;

/** Return the name of a user, in words of the page for oneself and for people whose tokens have no name. */
export function nameOf(userId: string | null | undefined): string {
  if (userId === null || userId === undefined) return words().someone;
  if (userId === signedIn.value?.userId) return words().you;
  const person = people.value.get(userId);
  if (person === undefined) void ask();
  return callOf(person) ?? words().someone;
}

async function ask(): Promise<void> {
  if (performance.now() - askedAt < ASK_AGAIN_MS) return;
  askedAt = performance.now();
  try {
    const { people: found } = await answer(api.GET("/people"));
    people.value = new Map(found.map((person) => [person.id, person]));
  } catch {
    // Names are a comfort: the page goes on without them, and asks again.
  }
}
