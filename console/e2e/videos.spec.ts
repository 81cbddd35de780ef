import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { ask, clip, complaints, dropFile, expectAccessible, readyVideo, signIn, TOKEN_OF_ANN } from "./support";

test("a sign-in link works once", async ({ page, browser }) => {
  await signIn(page);
  const { path } = await ask<{ path: string }>("POST", "/sign-in-links");
  const first = await (await browser.newContext()).newPage();
  await first.goto(path);
  await expect(first.getByRole("list", { name: "Videos", exact: true })).toBeVisible();

  const second = await (await browser.newContext()).newPage();
  await second.goto(path);

  await expect(second.getByRole("dialog", { name: "Sign in" })).toContainText("a link works once");
});

test("a video is dropped, renamed and deleted; a deletion can be taken back", async ({ page }) => {
  const said = complaints(page);
  const name = `dropped ${Date.now()}.mp4`;
  await signIn(page);

  await dropFile(page, clip(), name);

  const row = page.getByRole("listitem").filter({ hasText: name });
  // The list follows without a reload.
  await expect(row.getByText("Place the captions")).toBeVisible({ timeout: 90_000 });

  const renamed = name.replace("dropped", "renamed");
  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel("Name", { exact: true }).fill(renamed);
  await page.getByRole("button", { name: "Save" }).click();
  const now = page.getByRole("listitem").filter({ hasText: renamed });
  await expect(now).toBeVisible();

  await now.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(now.getByText("Will be deleted")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(now.getByText("Will be deleted")).toBeHidden();
  const found = await ask<{ total: number }>("GET", `/videos?q=${encodeURIComponent(renamed)}`);
  expect(found.total).toBe(1);

  await now.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(now).toBeHidden({ timeout: 20_000 });
  expect(said).toEqual([]);
});

test("a file is read to the end without a person", async ({ page }) => {
  test.setTimeout(180_000);
  const name = `unattended ${Date.now()}.mp4`;
  await signIn(page);
  await page.getByLabel("Approve the places for me").check();

  await dropFile(page, clip(), name);

  const row = page.getByRole("listitem").filter({ hasText: name });
  await expect(row.getByText("Captions are ready")).toBeVisible({ timeout: 120_000 });
  const { videos } = await ask<{ videos: { id: string }[] }>("GET", `/videos?q=${encodeURIComponent(name)}`);
  await expect
    .poll(
      async () => {
        const path = `/videos/${videos[0]?.id}/captions`;
        const { captions } = await ask<{ captions: { state: string; text: string | null }[] }>("GET", path);
        const shown = captions.filter(({ state }) => state !== "gap");
        return shown.length > 1 && shown.every(({ text }) => text);
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  // The choice stays for the next files.
  await page.reload();
  await expect(page.getByLabel("Approve the places for me")).toBeChecked();
  await page.getByLabel("Approve the places for me").uncheck();
});

test("an upload is paused, and goes on after the page was closed", async ({ page, context }) => {
  const name = `resumed ${Date.now()}.mp4`;
  await signIn(page);
  // Parts hang until the page is closed.
  await page.route(/partNumber=|uploadId=/i, () => {});
  const begun = page.waitForRequest(/partNumber=|uploadId=/i);
  await dropFile(page, clip(), name);
  await begun;
  await page.getByRole("button", { name: `Pause the upload of ${name}` }).click();
  await expect(page.getByText("Paused")).toBeVisible();
  await page.close();

  const again = await context.newPage();
  await signIn(again);
  await expect(again.getByText("Interrupted.")).toBeVisible();
  const choosing = again.waitForEvent("filechooser");
  await again.getByRole("button", { name: `Choose the file ${name} again` }).click();
  await (await choosing).setFiles({ name, mimeType: "video/mp4", buffer: readFileSync(clip()) });

  const row = again.getByRole("listitem").filter({ hasText: name });
  await expect(row.getByText("Place the captions")).toBeVisible({ timeout: 90_000 });
  const { videos } = await ask<{ videos: { id: string }[] }>("GET", `/videos?q=${encodeURIComponent(name)}`);
  await ask("DELETE", `/videos/${videos[0]?.id}`);
});

test("an upload that another tab sends is left to that tab", async ({ page, context }) => {
  const name = `two tabs ${Date.now()}.mp4`;
  await signIn(page);
  await page.route(/partNumber=|uploadId=/i, () => {});
  const begun = page.waitForRequest(/partNumber=|uploadId=/i);
  // Beside the area for files, where the browser would leave the page.
  await dropFile(page, clip(), name, page.getByRole("searchbox"));
  await begun;

  const other = await context.newPage();
  await other.goto("/console/videos");
  const row = other.getByRole("region", { name: "Uploads" }).getByRole("listitem").filter({ hasText: name });
  await expect(row).toContainText("Another tab of this browser sends it.");
  await expect(row.getByRole("button")).toHaveCount(0);

  await page.close({ runBeforeUnload: false });
  await expect(row).toContainText("Interrupted.");
  await row.getByRole("button", { name: `Remove the upload of ${name}` }).click();
  await expect(row).toBeHidden();
});

test("a file that is dropped where no files belong leaves the page as it is", async ({ page }) => {
  const video = await readyVideo();
  await signIn(page);
  await page.goto(`/console/videos/${video}/export`);
  await expect(page.getByRole("heading", { name: "Export", level: 1 })).toBeVisible();
  const kept = await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["x"], "clip.mp4"));
    const tried = ["dragover", "drop"].map(
      (type) => new DragEvent(type, { dataTransfer, cancelable: true, bubbles: true }),
    );
    for (const event of tried) document.body.dispatchEvent(event);
    return tried.map((event) => event.defaultPrevented);
  });
  expect(kept).toEqual([true, true]);
});

test("a message can be read and pressed above an open dialog", async ({ page }) => {
  const video = await readyVideo();
  const { display_name: name } = await ask<{ display_name: string }>("GET", `/videos/${video}`);
  await signIn(page);
  const row = page.getByRole("listitem").filter({ hasText: name }).last();
  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(row.getByText("Will be deleted")).toBeVisible();
  await page.keyboard.press("?");

  const dialog = page.getByRole("dialog", { name: "Keyboard" });
  await expect(dialog.getByText(/will be deleted in/)).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Undo" }).click();

  await expect(row.getByText("Will be deleted")).toBeHidden();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("the header says who is signed in and which video is open, and signs out", async ({ page }) => {
  const video = await readyVideo();
  const { display_name: name } = await ask<{ display_name: string }>("GET", `/videos/${video}`);
  await signIn(page, TOKEN_OF_ANN);
  await page.goto(`/console/videos/${video}/captions`);
  await expect(page.getByRole("banner")).toContainText(name);
  await expect(page).toHaveTitle(`${name} · Captions · CaptionA.cc`);

  await page.getByRole("button", { name: "Account of Ann Lee" }).click();
  const menu = page.getByRole("menu");
  await expect(menu).toContainText("Signed in as Ann Lee");
  await expect(menu).toContainText("Role: reviewer");
  await expectAccessible(page);
  await menu.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("dialog", { name: "Sign in" })).toBeVisible();
});

test("the search, the filters and the address agree", async ({ page }) => {
  const ready = await readyVideo();
  const { display_name: name } = await ask<{ display_name: string }>("GET", `/videos/${ready}`);
  await signIn(page);

  await page.keyboard.press("/");
  await page.keyboard.type("no video has this name");
  await expect(page.getByText("No video fits the search.")).toBeVisible();
  await expect(page).toHaveURL(/q=no/);

  await page.getByRole("searchbox").fill(name);
  await page.getByRole("button", { name: "To check" }).click();
  await expect(page.getByRole("link", { name })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("searchbox")).toHaveValue(name);
  await expect(page.getByRole("link", { name })).toBeVisible();
});

test("the page is accessible in both themes and on a phone, and speaks Chinese", async ({ page }) => {
  await signIn(page);
  await expectAccessible(page);

  await page.getByRole("button", { name: "Colours" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expectAccessible(page);

  await page.setViewportSize({ width: 375, height: 700 });
  await expectAccessible(page);
  const overflows = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(overflows).toBe(false);

  await page.getByRole("button", { name: "Language" }).click();
  await page.getByRole("menuitemradio", { name: "中文" }).click();
  await expect(page.getByRole("button", { name: "选择视频" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: "选择视频" })).toBeVisible();
});

test("keys are listed and can be changed", async ({ page }) => {
  await signIn(page);
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard" });
  await dialog.getByRole("button", { name: /^Search: \// }).click();
  await page.keyboard.press("f");
  await expect(dialog.getByRole("button", { name: /^Search: F/ })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  await page.keyboard.press("f");
  await expect(page.getByRole("searchbox")).toBeFocused();
});
