import { describe, expect, it } from "vitest";
import { readToken } from "./session";

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
        app_metadata: { tenant_id: "t", role: "admin", operator: true },
      }),
    );

    expect(user).toMatchObject({ userId: "u", email: "lì@example.org", tenantId: "t", role: "admin", operator: true });
  });

  it("takes a user without a role for an annotator, as the gateway does", () => {
    expect(readToken(tokenWith({ sub: "u", exp: 2e9 }))?.role).toBe("annotator");
  });

  it("refuses what is no token", () => {
    expect(readToken("hello")).toBeNull();
    expect(readToken("")).toBeNull();
  });
});
