import createClient from "openapi-fetch";
import { endSession, token } from "../app/session";
import { problemOf, UnreachableError } from "./problems";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** Where the gateway is: the page's own host, or the address that the build was given for another static host. */
export const GATEWAY: string = import.meta.env.VITE_GATEWAY ?? "";

/** The gateway's routes, typed by its document. Wrap each call in `answer`, which throws problems. */
export const api = createClient<paths>({
  baseUrl: GATEWAY || globalThis.location?.origin,
  // Looked up at each call, so that a test can put another one in its place.
  fetch: (request) => globalThis.fetch(request),
});

api.use({
  onRequest({ request }) {
    if (token.value !== null) request.headers.set("Authorization", `Bearer ${token.value}`);
    return request;
  },
  onError({ error }) {
    // An aborted request is the caller's own doing.
    if (error instanceof DOMException && error.name === "AbortError") return error;
    return new UnreachableError("The gateway cannot be reached.");
  },
});

interface Call<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * Return the body of an answer.
 *
 * @throws ProblemError The gateway refused the request.
 * @throws UnreachableError The gateway did not answer.
 */
export async function answer<T>(call: Promise<Call<T>>): Promise<T> {
  return (await answerWithHeaders(call)).data;
}

/** Like `answer`, with the headers of the response, such as `ETag`. */
export async function answerWithHeaders<T>(call: Promise<Call<T>>): Promise<{ data: T; headers: Headers }> {
  const { data, error, response } = await call;
  if (response.ok || response.status === 304) return { data: data as T, headers: response.headers };
  if (response.status === 401) endSession();
  throw problemOf(response, error);
}
