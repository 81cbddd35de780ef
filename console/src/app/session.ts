import { computed, signal } from "@preact/signals";

/** Who is signed in, as the token says. The gateway verifies the token; this only decides what to show. */
export interface SignedIn {
  userId: string;
  name: string | null;
  email: string | null;
  tenantId: string | null;
  role: Role;
  operator: boolean;
  expiresAt: Date;
}

type Exchange = (code: string) => Promise<string>;

export const ROLES = ["viewer", "annotator", "reviewer", "admin"] as const;
export type Role = (typeof ROLES)[number];

const KEY = "captionacc.token";
const CHANNEL = "captionacc.session";
// A tab of the same browser answers within milliseconds.
const OTHER_TAB_MS = 250;

/** The user token, or null while nobody is signed in. */
export const token = signal<string | null>(null);
/** Whether the page still looks for a token; it shows nothing meanwhile, so that no sign-in form flashes. */
export const lookingForToken = signal(true);
/** Why the last sign-in link did not work. */
export const linkProblem = signal<unknown>(null);
export const signedIn = computed(() => (token.value === null ? null : readToken(token.value)));

/** Whether the user has at least this role in the tenant. */
export function hasRole(least: Role): boolean {
  const role = signedIn.value?.role;
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** Return what a token says, or null when it is no token. */
export function readToken(text: string): SignedIn | null {
  try {
    const part = text.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    const metadata = claims.app_metadata ?? {};
    if (typeof claims.sub !== "string" || typeof claims.exp !== "number") return null;
    return {
      userId: claims.sub,
      name: nameIn(claims.user_metadata ?? {}),
      email: typeof claims.email === "string" ? claims.email : null,
      tenantId: typeof metadata.tenant_id === "string" ? metadata.tenant_id : null,
      // The gateway's default too.
      role: ROLES.find((role) => role === metadata.role) ?? "annotator",
      operator: metadata.operator === true,
      expiresAt: new Date(claims.exp * 1000),
    };
  } catch {
    return null;
  }
}

function nameIn({ full_name, name }: { full_name?: unknown; name?: unknown }): string | null {
  return [full_name, name].find((each): each is string => typeof each === "string" && each.trim() !== "") ?? null;
}

/** Sign in with a token; return whether it is one and has not ended. */
export function signIn(text: string): boolean {
  const trimmed = text.trim();
  const found = readToken(trimmed);
  if (found === null || found.expiresAt.getTime() <= Date.now()) return false;
  token.value = trimmed;
  linkProblem.value = null;
  keep(trimmed);
  endWhenItEnds(found.expiresAt);
  return true;
}

/** Forget the token. The views stay as they are, behind the sign-in dialog, so that no work is lost. */
export function endSession(): void {
  token.value = null;
  keep(null);
}

/** End the session of the person in all tabs of this browser; else a reload would sign in again by another tab. */
export function signOut(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ ended: token.value });
  channel.close();
  endSession();
}

/**
 * Look for a token: in a sign-in link, in this tab, and in the other tabs of this browser.
 *
 * @param exchange returns the token for the code of a sign-in link.
 */
export async function startSession(exchange: Exchange): Promise<void> {
  shareWithOtherTabs();
  const code = takeCode();
  if (code !== null) await signInByLink(code, exchange);
  if (token.value === null) signIn(read() ?? "");
  if (token.value === null) signIn(await tokenOfAnotherTab());
  lookingForToken.value = false;
}

async function signInByLink(code: string, exchange: Exchange): Promise<void> {
  try {
    signIn(await exchange(code));
  } catch (error) {
    linkProblem.value = error;
  }
}

/** Return the code of a sign-in link, and take it out of the address, so that it gets into no history or bookmark. */
function takeCode(): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code !== null) history.replaceState(null, "", location.pathname + location.search);
  return code;
}

function shareWithOtherTabs(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }) => {
    if (data?.ask === true && token.value !== null) channel.postMessage({ token: token.value });
    // A tab in which somebody else is signed in stays as it is.
    else if (typeof data?.ended === "string" && data.ended === token.value) endSession();
  };
}

/** Ask the other tabs of this browser for their token, so that a new tab needs no sign-in. */
function tokenOfAnotherTab(): Promise<string> {
  const channel = new BroadcastChannel(CHANNEL);
  return new Promise<string>((resolve) => {
    const give = (found: string) => {
      channel.close();
      resolve(found);
    };
    channel.onmessage = ({ data }) => {
      if (typeof data?.token === "string") give(data.token);
    };
    channel.postMessage({ ask: true });
    setTimeout(give, OTHER_TAB_MS, "");
  });
}

let ending: ReturnType<typeof setTimeout> | undefined;
// A longer delay would overflow the timer of the browser.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function endWhenItEnds(at: Date): void {
  clearTimeout(ending);
  ending = setTimeout(endSession, Math.min(at.getTime() - Date.now(), LONGEST_TIMER_MS));
}

// The session of a tab ends with the tab: nothing is left on a shared machine.
function keep(text: string | null): void {
  try {
    if (text === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, text);
  } catch {
    // Without storage, a reload asks for the token again.
  }
}

function read(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}
