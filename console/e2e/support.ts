import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";

/** The gateway of the stack that the specs share. `tests/e2e/test_console.py` sets these variables. */
export const GATEWAY = wanted("CONSOLE_URL");
/** A token of an admin who is an operator too. */
export const TOKEN = wanted("CONSOLE_TOKEN");
/** A token of a reviewer of the same tenant, whose name is Ann Lee. */
export const TOKEN_OF_ANN = wanted("CONSOLE_TOKEN_OF_ANN");
const AUTHORIZED = { Authorization: `Bearer ${TOKEN}` };

function wanted(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set ${name}; tests/e2e/test_console.py does.`);
  return value;
}

/** Sign in by a one-time link; leave the page at the list of videos. Reloads and `goto` stay signed in. */
export async function signIn(page: Page, token = TOKEN): Promise<void> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`${GATEWAY}/sign-in-links`, { method: "POST", headers });
  const { path } = await response.json();
  await page.goto(path);
  // The list is empty, and so not visible, on a new stack.
  await expect(page.getByRole("searchbox", { name: "Search by name" })).toBeVisible();
  // The code does not stay in the address.
  expect(new URL(page.url()).hash).toBe("");
}

/** Ask the gateway, for example to prepare something or to see what it stored. */
export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(GATEWAY + path, {
    method,
    headers: { ...AUTHORIZED, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? null : await response.json()) as T;
}

/** Return the id of a video with captions, which all specs share; do not delete it. */
export async function readyVideo(): Promise<string> {
  const named = process.env.CONSOLE_VIDEO;
  if (named !== undefined) return named;
  const { videos } = await ask<{ videos: { id: string }[] }>("GET", "/videos?caption_status=ready");
  const first = videos[0];
  if (first === undefined) throw new Error("No video has captions; run `captionacc run` first, or set CONSOLE_VIDEO.");
  return first.id;
}

/** The file of a short captioned clip, for uploads. */
export function clip(): string {
  return wanted("CONSOLE_CLIP");
}

/** Drop a file onto the page, as a person does from a folder: onto the area for it, or beside it. */
export async function dropFile(page: Page, file: string, name = basename(file), onto?: Locator): Promise<void> {
  await dropBytes(page, readFileSync(file), name, onto);
}

export async function dropBytes(page: Page, content: Buffer, name: string, onto?: Locator): Promise<void> {
  const base64 = content.toString("base64");
  const transfer = await page.evaluateHandle(
    ([data, called]) => {
      const bytes = Uint8Array.from(atob(data ?? ""), (character) => character.charCodeAt(0));
      const dropped = new DataTransfer();
      dropped.items.add(new File([bytes], called ?? "", { type: "video/mp4" }));
      return dropped;
    },
    [base64, name],
  );
  const area = page.getByRole("region", { name: "Drop videos or folders here" });
  await (onto ?? area).dispatchEvent("drop", { dataTransfer: transfer });
}

/** Expect that axe finds nothing on the page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
}

/** Collect what the page complains of, such as a request that its policy refuses; expect it to be empty at the end. */
export function complaints(page: Page): string[] {
  const found: string[] = [];
  page.on("pageerror", (error) => found.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") found.push(message.text());
  });
  return found;
}
