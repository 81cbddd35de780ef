import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { ask, clip, dropBytes, readyVideo, signIn } from "./support";

test.beforeEach(async ({ page }) => {
  await readyVideo();
  await signIn(page);
  await page.goto("/console/operate");
  await expect(page.getByRole("heading", { name: "Operate", level: 1 })).toBeVisible();
});

async function show(page: Page, part: string): Promise<void> {
  await page.getByRole("navigation", { name: "Parts of this page" }).getByRole("button", { name: part }).click();
  await expect(page.getByRole("region", { name: part })).toContainText("As of");
}

test("each part says what there is", async ({ page }) => {
  await show(page, "Queue");
  await expect(page.getByText(/Nothing waits\.|waiting/).first()).toBeVisible();
  await show(page, "Running");
  await show(page, "Failed");
  await show(page, "Services");
  await expect(page.getByText("uses all services")).toBeVisible();
  await expect(page.getByRole("link", { name: "Prefect" })).toHaveAttribute("href", /^http/);
});

test("no failed job is tried again before somebody chooses it", async ({ page }) => {
  const name = `broken ${Date.now()}.mp4`;
  await page.goto("/console/videos");
  // The beginning of a video, which is all that is looked at before the work begins.
  await dropBytes(page, readFileSync(clip()).subarray(0, 4000), name);
  const video = page.getByRole("listitem").filter({ hasText: name });
  await expect(video.getByText("Failed", { exact: true })).toBeVisible({ timeout: 90_000 });
  await page.goto("/console/operate?part=failed");
  const box = page.getByRole("checkbox", { name: `Choose ${name}` });
  await expect(box).not.toBeChecked();
  await expect(page.getByRole("button", { name: "Try chosen jobs again…" })).toBeDisabled();

  await box.check();
  await page.getByRole("button", { name: "Try 1 job again…" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("checkbox", { name: "Choose all that are shown" }).check();
  await expect(box).toBeChecked();
  const { videos } = await ask<{ videos: { id: string }[] }>("GET", `/videos?q=${encodeURIComponent(name)}`);
  await ask("DELETE", `/videos/${videos[0]?.id}`);
});

test("the limits of a tenant are changed and taken back", async ({ page }) => {
  await show(page, "Tenants");
  await page
    .getByRole("button", { name: /^Limits of/ })
    .first()
    .click();
  const dialog = page.getByRole("dialog");
  const field = dialog.getByLabel("New crop regions per hour");
  await field.fill("many");
  await expect(dialog.getByRole("button", { name: "Save" })).toBeDisabled();
  await field.fill("5000");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toContainText("of 5,000");
  await field.fill("");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).not.toContainText("of 5,000");
});

test("the policy shows what a change changes before it is put in force", async ({ page }) => {
  await show(page, "Policy");
  const field = page.getByLabel("Most points for waiting");
  const before = await field.inputValue();
  await field.fill("101");
  await expect(page.getByText("From 0 to 100")).toBeVisible();
  await expect(page.getByRole("button", { name: "Put in force" })).toBeDisabled();
  const other = String(Number(before) + 1);
  await field.fill(other);
  await expect(page.getByText(`Most points for waiting: ${before} → ${other}`)).toBeVisible();
  await page.getByLabel("Reason, for the record").fill("a test");
  await page.getByRole("button", { name: "Put in force" }).click();
  await expect(page.getByRole("button", { name: "Put in force" })).toBeDisabled();
  await expect(field).toHaveValue(other);
  await page.getByText("Earlier changes").click();
  await expect(page.getByText(/: a test$/).first()).toBeVisible();
  await field.fill(before);
  await page.getByRole("button", { name: "Put in force" }).click();
  await expect(field).toHaveValue(before);
});
