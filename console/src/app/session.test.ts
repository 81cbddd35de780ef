import { afterEach, describe, expect, it, vi } from "vitest";
import { readToken, signOut, startSession, token } from "./session";

function tokenWith(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;
}

describe("readToken", () => {
  it("says who is signed in", () => {
    const user = readToken(
      tokenWith({
        sub: "u",
        exp: 2e9,
        email: "lì@example.org",
        user_metadata: { full_name: "Lì Huá" },
        app_metadata: { tenant_id: "t", role: "admin", operator: true },
      }),
    );

    expect(user).toMatchObject({
      userId: "u",
      name: "Lì Huá",
      email: "lì@example.org",
      tenantId: "t",
      role: "admin",
      operator: true,
    });
  });

  it("takes a user without a role for an annotator, as the gateway does", () => {
    expect(readToken(tokenWith({ sub: "u", exp: 2e9 }))?.role).toBe("annotator");
  });

  it("refuses what is no token", () => {
    expect(readToken("hello")).toBeNull();
    expect(readToken("")).toBeNull();
  });
});

describe("signOut", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("ends the session in the other tabs of the browser, but not that of another person", async () => {
    const mine = tokenWith({ sub: "me", exp: 4e9 });
    vi.stubGlobal("location", { hash: "", pathname: "/console", search: "" });
    vi.stubGlobal("sessionStorage", { getItem: () => mine, setItem: () => {}, removeItem: () => {} });
    await startSession(() => Promise.reject(new Error("There is no link.")));
    expect(token.value).toBe(mine);

    const otherTab = new BroadcastChannel("captionacc.session");
    const answers: unknown[] = [];
    otherTab.onmessage = ({ data }: { data: unknown }) => answers.push(data);
    otherTab.postMessage({ ended: tokenWith({ sub: "you", exp: 4e9 }) });
    otherTab.postMessage({ ask: true });
    await vi.waitFor(() => expect(answers).toEqual([{ token: mine }]));

    otherTab.postMessage({ ended: mine });
    await vi.waitFor(() => expect(token.value).toBeNull());

    token.value = mine;
    signOut();
    await vi.waitFor(() => expect(answers.at(-1)).toEqual({ ended: mine }));
    otherTab.close();
  });
});
