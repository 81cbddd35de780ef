import { readFile } from "node:fs/promises";
import { expect, type Page, test } from "@playwright/test";
import { readyVideo, signIn } from "./support";

async function openExport(page: Page): Promise<void> {
  const video = await readyVideo();
  await signIn(page);
  await page.goto(`/console/videos/${video}/export`);
  await expect(preview(page)).toContainText("-->");
}

function preview(page: Page) {
  return page.getByRole("region", { name: "Preview", exact: true }).locator("pre");
}

async function download(page: Page, press: string): Promise<{ name: string; bytes: Buffer }> {
  // Strips take a moment per caption, and longer on a busy machine.
  const started = page.waitForEvent("download", { timeout: 90_000 });
  await page.getByRole("button", { name: press }).click();
  const file = await started;
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

test("every format shows its beginning", async ({ page }) => {
  await openExport(page);
  const beginnings = {
    vtt: "WEBVTT",
    ass: "[Script Info]",
    ttml: "<tt",
    csv: "id,track,start_seconds",
    json: '"captions"',
    srt: "1\n",
  };
  for (const [format, text] of Object.entries(beginnings)) {
    await page.getByRole("radio", { name: new RegExp(`^\\.${format} `) }).check();
    await expect(preview(page)).toContainText(text);
  }
  await page.getByRole("radio", { name: ".txt" }).check();
  await expect(preview(page)).not.toContainText("-->");
});

test("the download is what the preview shows, under the name that the API gives", async ({ page }) => {
  await openExport(page);
  const shown = ((await preview(page).textContent()) ?? "").split("\n…")[0] ?? "";
  const { name, bytes } = await download(page, "Download");
  expect(name).toMatch(/\.srt$/);
  expect(bytes.toString()).toContain(shown.trim().slice(0, 200));
});

test("options change the file, and are remembered after a reload", async ({ page }) => {
  await openExport(page);
  const before = (await preview(page).textContent()) ?? "";
  await page.getByLabel("Move all times by").fill("1:00");
  await expect(preview(page)).not.toHaveText(before);
  await expect(preview(page)).toContainText("00:01:");
  await page.getByLabel("Byte order mark").check();
  await page.getByLabel("Line ends of Windows").check();

  await page.reload();
  await expect(page.getByLabel("Byte order mark")).toBeChecked();
  await expect(page.getByLabel("Move all times by")).toHaveValue("60");
  await expect(preview(page)).toContainText("00:01:");
  const { bytes } = await download(page, "Download");
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(bytes.toString()).toContain("\r\n");
});

test("an offset that is no time is said, and not sent", async ({ page }) => {
  await openExport(page);
  await page.getByLabel("Move all times by").fill("soon");
  await expect(page.getByText("This is not a time")).toBeVisible();
  await expect(preview(page)).toContainText("-->");
});

test("training truth is refused with the reason, while captions are not confirmed", async ({ page }) => {
  await openExport(page);
  await page.getByRole("radio", { name: ".truth.json" }).check();
  await expect(page.getByRole("alert")).toContainText("are not confirmed");
  await expect(page.getByRole("button", { name: "Download" })).toBeDisabled();
});

test("strips are made in the page: a picture per caption and a table", async ({ page }) => {
  await openExport(page);
  await page.getByRole("radio", { name: ".zip" }).check();
  const { name, bytes } = await download(page, "Make the pictures");
  expect(name).toMatch(/\.strips\.zip$/);
  const content = bytes.toString("latin1");
  expect(content.slice(0, 2)).toBe("PK");
  expect(content).toContain("index.csv");
  // Each name stands in front of its file, in the directory and in the table.
  expect(content.match(/0001_\d\d-\d\d-\d\d\.\d{3}_track1\.png/g)).toHaveLength(3);
  expect(content).toContain("\x89PNG");
});
