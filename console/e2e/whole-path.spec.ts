import { readFile } from "node:fs/promises";
import { expect, type Page, test } from "@playwright/test";
import { ask, clip, complaints, dropFile, signIn } from "./support";

interface Row {
  id: number;
  text: string | null;
  state: string;
  start_frame: number;
  end_seconds: number;
}

async function rows(video: string): Promise<Row[]> {
  const { captions } = await ask<{ captions: Row[] }>("GET", `/videos/${video}/captions`);
  return captions.filter(({ state }) => state !== "gap");
}

/** Press a key of the captions view, and wait until the server has the edit. */
async function press(page: Page, key: string): Promise<void> {
  await page.keyboard.press(key);
  await expect(page.locator("[data-saving=saved]")).toBeVisible();
}

test("a file becomes checked captions without a reload", async ({ page }) => {
  test.setTimeout(300_000);
  const said = complaints(page);
  const name = `whole ${Date.now()}.mp4`;
  await signIn(page);
  await page.evaluate(() => Object.assign(window, { loadedOnce: true }));

  // Drop a file; the list shows live how far it is.
  await dropFile(page, clip(), name);
  const row = page.getByRole("listitem").filter({ hasText: name });
  await expect(row.getByText(/Waits|Reading the pictures/)).toBeVisible({ timeout: 60_000 });
  await expect(row.getByText("Place the captions")).toBeVisible({ timeout: 120_000 });

  // Drag the place a little, and approve it.
  await page.getByRole("link", { name, exact: true }).click();
  const region = page.getByRole("group", { name: /^Track 1,/ });
  await expect(region).toBeVisible();
  const video = page.url().match(/videos\/([^/]+)\//)?.[1] ?? "";
  const top = page.getByLabel("Top of track 1, in per cent");
  const before = await top.inputValue();
  const box = await region.boundingBox();
  if (box === null) throw new Error("The place is not shown.");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2 - 6, { steps: 3 });
  await page.mouse.up();
  await expect(top).not.toHaveValue(before);
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await expect
    .poll(async () => (await ask<{ caption_status: string }>("GET", `/videos/${video}`)).caption_status, {
      timeout: 120_000,
    })
    .toBe("ready");

  // The texts are read when the captions are first opened.
  await page.getByRole("link", { name: "Captions", exact: true }).click();
  await expect(async () => {
    const found = await rows(video);
    expect(found.length).toBeGreaterThan(1);
    expect(found.every(({ text }) => text !== null && text !== "")).toBe(true);
  }).toPass({ timeout: 120_000 });
  const list = page.getByRole("listbox", { name: "Captions" });
  await expect(list.getByRole("option", { name: /first line/i })).toBeVisible();
  await list.getByRole("option", { name: /first line/i }).click();

  // Fix a text.
  await page.keyboard.press("t");
  await page.getByRole("textbox", { name: /^Text/ }).fill("The first line was mended");
  await page.keyboard.press("Enter");
  await expect(list.getByRole("option", { name: /was mended/ })).toBeVisible();
  await expect
    .poll(async () => (await rows(video)).some(({ text }) => text === "The first line was mended"))
    .toBe(true);

  // Move an end by one picture of the file.
  await list.getByRole("option", { name: /was mended/ }).click();
  const mended = (all: Row[]) => all.find(({ text }) => text === "The first line was mended");
  const ends = mended(await rows(video));
  await page.keyboard.press("e");
  await press(page, "Shift+ArrowLeft");
  await expect.poll(async () => mended(await rows(video))).not.toEqual(ends);

  // Split, merge, and take both back.
  const count = (await rows(video)).length;
  await press(page, "s");
  await expect.poll(async () => (await rows(video)).length).toBe(count + 1);
  await press(page, "m");
  await expect.poll(async () => (await rows(video)).length).toBe(count);
  await press(page, "Control+z");
  await expect.poll(async () => (await rows(video)).length).toBe(count + 1);
  await press(page, "Control+z");
  await expect.poll(async () => (await rows(video)).length).toBe(count);

  // Confirm all.
  await expect(async () => {
    await page.keyboard.press("Enter");
    expect((await rows(video)).every(({ state }) => state === "confirmed")).toBe(true);
  }).toPass({ timeout: 60_000, intervals: [500] });

  // Export.
  await page.getByRole("link", { name: "Export", exact: true }).click();
  await page.getByRole("radio", { name: ".ass " }).check();
  await expect(page.getByRole("region", { name: "Preview" })).toContainText("The first line was mended");
  const started = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const file = await started;
  expect(file.suggestedFilename()).toMatch(/\.ass$/);
  expect(await readFile(await file.path(), "utf8")).toContain("The first line was mended");

  // Delete.
  await page.getByRole("link", { name: "Videos", exact: true }).click();
  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(row).toBeHidden({ timeout: 30_000 });

  expect(await page.evaluate(() => "loadedOnce" in window)).toBe(true);
  expect(said).toEqual([]);
});
