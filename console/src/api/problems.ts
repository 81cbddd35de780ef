import { defineWords } from "../app/language";
import { type ErrorCode, translated } from "../messages/errors";
import type { LimitReached } from "../messages/limits";
import type { components } from "./schema";

export type { ErrorCode };
export type CaptionView = components["schemas"]["CaptionView"];

/** An answer of the gateway that is an RFC 9457 problem document. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  constructor(
    readonly status: number,
    readonly code: ErrorCode | null,
    readonly detail: string,
    /** Seconds after which the gateway says to try again. */
    readonly retryAfterS: number | null = null,
    /** The present captions, when the problem is that somebody else changed them (412). */
    readonly captions: readonly CaptionView[] = [],
    /** The limit that refused the request. */
    readonly limit: LimitReached | null = null,
  ) {
    super(detail);
  }
}

/** The gateway, or the object store, could not be reached. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

const words = defineWords({
  en: {
    unreachable: "The server cannot be reached. Your work is kept; the page tries again.",
    unexpected: (what: string) => `Something went wrong in this page: ${what}`,
    signIn: "Your sign-in has ended. Sign in again; nothing on this page is lost.",
    forbidden: "",
    conflict: "",
    busy: "",
    tooMany: "",
    notFound: "",
    changed: "",
  },
  zh: {
    unreachable: "无法连接服务器。您的修改已保留，页面会自动重试。",
    unexpected: (what) => `页面出错：${what}`,
    signIn: "登录已过期，请重新登录；页面上的内容不会丢失。",
    forbidden: "您的角色没有权限执行此操作，请联系管理员。",
    conflict: "当前状态下无法执行此操作，请刷新后重试。",
    busy: "服务暂时不可用，请稍后再试。",
    tooMany: "请求过于频繁或已达到上限，请稍后再试。",
    notFound: "内容不存在，可能已被删除。",
    changed: "其他人已修改了此字幕。",
  },
});

/** Whether the same request may be answered later: the gateway is away or busy, or the person signs in again. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ProblemError) return [401, 408, 429].includes(error.status) || error.status >= 500;
  return error instanceof UnreachableError;
}

/** Return one plain sentence for a person, in the language of the page. */
export function sentenceOf(error: unknown): string {
  const said = words();
  if (error instanceof UnreachableError) return said.unreachable;
  if (!(error instanceof ProblemError)) return said.unexpected(error instanceof Error ? error.message : String(error));
  const sentence = translated({ code: error.code, english: error.detail, limit: error.limit });
  if (sentence !== null) return sentence;
  // The gateway's sentences are English and name the remedy; in another language, the status has to do.
  const general: Record<number, string> = {
    401: said.signIn,
    403: said.forbidden,
    404: said.notFound,
    409: said.conflict,
    412: said.changed,
    429: said.tooMany,
    503: said.busy,
  };
  return general[error.status] || error.detail;
}

/** Read the problem of an answer; answers of a proxy, which are no problem documents, get a sentence too. */
export function problemOf(response: Response, body: unknown): ProblemError {
  const document = (typeof body === "object" && body !== null ? body : {}) as Partial<
    components["schemas"]["CaptionChangedProblem"]
  >;
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ProblemError(
    response.status,
    document.code ?? null,
    document.detail ?? `The server answered ${response.status} ${response.statusText}`.trim(),
    Number.isFinite(seconds) ? seconds : null,
    document.captions ?? [],
    (document.limit as LimitReached | null | undefined) ?? null,
  );
}
