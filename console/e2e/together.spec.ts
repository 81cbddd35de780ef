import { type Browser, expect, type Page, test } from "@playwright/test";
import { ask, expectAccessible, GATEWAY, readyVideo } from "./support";

/** Open the captions of a video in a browser of a person's own. */
async function openAs(browser: Browser, variable: string, video: string): Promise<Page> {
  const token = process.env[variable];
  if (token === undefined) throw new Error(`Set ${variable}; tests/e2e/test_console.py does.`);
  const page = await (await browser.newContext()).newPage();
  const link = await fetch(`${GATEWAY}/sign-in-links`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
  });
  await page.goto((await link.json()).path);
  await expect(page.getByRole("list", { name: "Videos", exact: true })).toBeVisible();
  await page.goto(`/console/videos/${video}/captions`);
  await expect(page.getByRole("listbox", { name: "Captions" })).toBeVisible();
  return page;
}

test("two people work on one video and see what the other does", async ({ browser }) => {
  const video = await readyVideo();
  const me = await openAs(browser, "CONSOLE_TOKEN", video);
  const ann = await openAs(browser, "CONSOLE_TOKEN_OF_ANN", video);

  await expect(me.getByTitle(/^Ann Lee is/).first()).toBeVisible();

  const typed = `Typed by Ann ${Date.now()}`;
  const field = ann.getByRole("textbox", { name: /^Text/ });
  await field.fill(typed);
  await field.blur();
  await expect(me.getByRole("listbox").getByText(typed)).toBeVisible();
  await expect(me.getByRole("status").filter({ hasText: "Ann Lee changed a caption." })).toBeVisible();

  await ann.getByRole("button", { name: "Send back…" }).click();
  await ann.getByLabel("What should be corrected?").fill("The second name is wrong.");
  await ann.getByRole("dialog").getByRole("button", { name: "Send back" }).click();
  const review = me.getByRole("region", { name: "Review" });
  await expect(review.getByText("Sent back")).toBeVisible();
  await expect(review.getByText("The second name is wrong.")).toBeVisible();

  await me.getByRole("button", { name: "Comments" }).click();
  await me.getByLabel("New comment").fill("Which one?");
  await me.getByRole("button", { name: "Comment", exact: true }).click();
  await ann.getByRole("button", { name: "Comments" }).click();
  await expect(ann.getByRole("dialog").getByText("Which one?")).toBeVisible();
  await expectAccessible(ann);
  await me.keyboard.press("Escape");

  // The list of videos says so too.
  await me.getByRole("link", { name: "Videos", exact: true }).click();
  const row = me.getByRole("listitem").filter({ has: me.locator(`a[href*="${video}"]`) });
  await expect(row.getByText("Sent back")).toBeVisible();
  await expect(row.getByText("1 open comment")).toBeVisible();
  await expect(row.getByTitle(/^Ann Lee is/)).toBeVisible();
  await row.getByRole("link").first().click();
  await expect(me.getByRole("listbox", { name: "Captions" })).toBeVisible();

  await me.getByRole("button", { name: "History" }).click();
  const latest = me.getByRole("dialog").getByRole("listitem").first();
  // What both texts share stands between what was removed and what was added.
  await expect(latest).toContainText("Typed");
  await expect(latest).toContainText("Ann Lee");
  await latest.getByRole("button", { name: /^Undo/ }).click();
  await expect(ann.getByRole("listbox").getByText(typed)).toHaveCount(0);

  await ann.context().close();
  await expect(me.getByTitle(/^Ann Lee is/)).toHaveCount(0);
  const { comments } = await ask<{ comments: { id: number }[] }>("GET", `/videos/${video}/comments`);
  for (const { id } of comments) await ask("DELETE", `/videos/${video}/comments/${id}`);
});
