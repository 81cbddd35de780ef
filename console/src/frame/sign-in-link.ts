import { GATEWAY } from "../api/client";
import { problemOf, UnreachableError } from "../api/problems";

/**
 * Exchange the code of a one-time sign-in link for a user token.
 *
 * @throws ProblemError The code was used before, or has expired.
 */
export async function exchangeCode(code: string): Promise<string> {
  const response = await fetch(`${GATEWAY}/sign-in`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code }),
  }).catch(() => {
    throw new UnreachableError("The gateway cannot be reached.");
  });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(response, body);
  return body.access_token;
}
