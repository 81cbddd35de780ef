import { vi } from "vitest";

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

type Answer = (asked: Asked) => unknown;

/** An answer that is a problem document. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {}
}

/** Answer the requests of the page as `answer` says; return a list of those that came. */
export function fakeGateway(answer: Answer): Asked[] {
  const came: Asked[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    const text = await request.text();
    const asked = {
      method: request.method,
      path: pathname,
      query: searchParams,
      body: text === "" ? null : JSON.parse(text),
    };
    came.push(asked);
    const found = await answer(asked);
    if (found instanceof Refusal) return Response.json({ detail: found.detail }, { status: found.status });
    return found === undefined ? new Response(null, { status: 204 }) : Response.json(found);
  });
  return came;
}
