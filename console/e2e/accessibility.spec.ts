import { expect, type Page, test } from "@playwright/test";
import { expectAccessible, readyVideo, signIn } from "./support";

async function hasTitle(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
}

async function hasTable(page: Page): Promise<void> {
  await expect(page.getByText(/^As of/)).toBeVisible();
}

/** Each view with what is there once it has loaded. */
const VIEWS: [path: string, loaded: (page: Page) => Promise<void>][] = [
  ["/videos", hasTitle],
  ["/videos/:id/place", async (page) => await expect(page.getByRole("group", { name: /^Track 1,/ })).toBeVisible()],
  ["/videos/:id/captions", hasTitle],
  ["/videos/:id/watch", hasTitle],
  ["/videos/:id/export", async (page) => await expect(page.locator("pre")).toContainText("-->")],
  ["/operate?part=queue", hasTable],
  ["/operate?part=running", hasTable],
  ["/operate?part=failed", hasTable],
  ["/operate?part=tenants", hasTable],
  ["/operate?part=policy", hasTable],
  ["/operate?part=services", hasTable],
];

/** Open every view, one after the other, and check each; a failure names the view. */
async function inEachView(page: Page, check: (page: Page) => Promise<void>): Promise<void> {
  const video = await readyVideo();
  await signIn(page);
  for (const [path, loaded] of VIEWS) {
    await test.step(path, async () => {
      await page.goto(`/console${path.replace(":id", video)}`);
      await loaded(page);
      await check(page);
    });
  }
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme} colours`, () => {
    test.use({ colorScheme });

    test("axe finds nothing on any view", async ({ page }) => {
      await inEachView(page, expectAccessible);
    });
  });
}

test.describe("at 375 px", () => {
  test.use({ viewport: { width: 375, height: 700 } });

  test("no view is wider than the screen", async ({ page }) => {
    await inEachView(page, async () => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    });
  });
});

test("axe finds nothing in the dialogs of places and limits", async ({ page }) => {
  const video = await readyVideo();
  await signIn(page);
  await page.goto(`/console/videos/${video}/place`);
  await page.getByRole("group", { name: /^Track 1,/ }).focus();
  await page.keyboard.press("ArrowUp");
  await page.getByRole("button", { name: "Approve again…" }).click();
  await expect(page.getByRole("dialog")).toContainText("kept as a version");
  await expectAccessible(page);

  await page.goto("/console/operate?part=tenants");
  await page
    .getByRole("button", { name: /^Limits of/ })
    .first()
    .click();
  await expect(page.getByRole("dialog").getByLabel("New crop regions per hour")).toBeVisible();
  await expectAccessible(page);
});
