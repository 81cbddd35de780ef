import { expect, type Locator, type Page, test } from "@playwright/test";
import { shareCaptions } from "./caption-history";
import { restartGateway, stopGateway } from "./gateway-process";
import { ask, complaints, expectAccessible, signIn } from "./support";

interface Row {
  id: number;
  text: string | null;
  state: string;
  version: number;
  start_seconds: number;
}

async function rows(video: string): Promise<Row[]> {
  const list = await ask<{ captions: Row[] }>("GET", `/videos/${video}/captions`);
  return list.captions.filter((row) => row.state !== "gap");
}

async function open(page: Page, video: string): Promise<void> {
  await page.goto(`/console/videos/${video}/captions`);
  await expect(page.getByRole("listbox", { name: "Captions" })).toBeFocused();
  await page.getByLabel("Order").selectOption("time");
  await page.getByRole("listbox").focus();
  await page.keyboard.press("Home");
}

let video: string;
shareCaptions((shared) => {
  video = shared;
});

const text = (page: Page) => page.getByRole("textbox", { name: /^Text/ });
const saved = (page: Page) => expect(page.locator("[data-saving=saved]")).toBeVisible();
const options = (page: Page) => page.locator("[data-caption]");
/** How many captions the list has; only those in sight are in the page. */
const counted = (page: Page, count: number) =>
  expect(options(page).first()).toHaveAttribute("aria-setsize", String(count));

test("a person checks captions with the keyboard alone", async ({ page }) => {
  const said = complaints(page);
  await signIn(page);
  await open(page, video);
  const count = (await rows(video)).length;
  // The pictures at both ends are there.
  await expect(page.locator("fieldset canvas[data-frame]")).not.toHaveCount(0);
  // They are decoded beside the page, which stays free.
  expect(page.workers()).toHaveLength(1);

  await page.keyboard.press("Tab");
  await expect(text(page)).toBeFocused();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("typed by hand");
  await page.keyboard.press("Enter");
  await saved(page);
  const first = (await rows(video))[0];
  expect([first?.text, first?.state]).toEqual(["typed by hand", "confirmed"]);

  // The second caption is chosen now; its end moves by a frame of the grid, then by a picture of the file.
  const second = (await rows(video))[1];
  await page.keyboard.press("ArrowRight");
  await saved(page);
  expect((await rows(video))[1]?.start_seconds).toBeCloseTo((second?.start_seconds ?? 0) + 0.1, 3);
  await expect.poll(() => page.locator("video").evaluate((player: HTMLVideoElement) => player.readyState)).toBe(4);
  await page.keyboard.press("Shift+ArrowLeft");
  await expect
    .poll(async () => (await rows(video))[1]?.start_seconds ?? 0)
    .toBeLessThan((second?.start_seconds ?? 0) + 0.0999);
  expect((await rows(video))[1]?.start_seconds ?? 0).toBeGreaterThan((second?.start_seconds ?? 0) - 0.001);

  await page.keyboard.press("s");
  await counted(page, count + 1);
  await saved(page);
  await page.keyboard.press("m");
  await counted(page, count);
  await saved(page);
  await page.keyboard.press("Control+z");
  await counted(page, count + 1);

  // The history is the gateway's, so it outlives the page.
  await page.reload();
  await counted(page, count + 1);
  await page.getByRole("listbox").focus();
  await page.keyboard.press("Control+z");
  await counted(page, count);

  for (let press = 0; press < count; press++) await page.keyboard.press("Enter");
  await expect(page.getByText(`${count} of ${count} confirmed`)).toBeVisible();
  await saved(page);
  expect((await rows(video)).map((row) => row.state)).toEqual(Array(count).fill("confirmed"));
  expect(said).toEqual([]);
});

test("the pictures are the same where the browser has no decoder for workers", async ({ page, browser }) => {
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.addInitScript(() => Reflect.deleteProperty(globalThis, "VideoDecoder"));
  const looks: number[][] = [];
  for (const each of [page, other]) {
    await signIn(each);
    await open(each, video);
    const first = each.getByRole("img", { name: /^first, frame/ });
    await expect(first).toHaveAttribute("data-frame", /\d+/);
    looks.push(await brightness(first));
  }
  expect(other.workers()).toEqual([]);
  const [worker, elements] = looks as [number[], number[]];
  expect(Math.max(...worker) - Math.min(...worker)).toBeGreaterThan(20);
  // The two may turn the colours of a picture into those of the screen by other sums.
  for (const [part, value] of worker.entries()) expect(Math.abs(value - (elements[part] ?? 0))).toBeLessThan(8);
  await context.close();
});

/** The mean brightness of the eighths of a picture, from left to right. */
function brightness(picture: Locator): Promise<number[]> {
  return picture.evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const context = (canvas as HTMLCanvasElement).getContext("2d");
    return Array.from({ length: 8 }, (_, part) => {
      const data = context?.getImageData(Math.floor((width * part) / 8), 0, Math.floor(width / 8), height).data;
      const green = [...(data ?? [])].filter((_value, index) => index % 4 === 1);
      return green.reduce((sum, each) => sum + each, 0) / green.length;
    });
  });
}

test("many texts are changed after a look at each", async ({ page }) => {
  await signIn(page);
  await open(page, video);
  const old = (await rows(video))[0]?.text ?? "";
  await page.keyboard.press("r");
  const dialog = page.getByRole("dialog", { name: "Find and replace" });
  await dialog.getByLabel("Find", { exact: true }).fill(old);
  await dialog.getByLabel("Replace with").fill("replaced");
  await expect(dialog.getByText("1 caption would change")).toBeVisible();
  await dialog.getByRole("button", { name: "Change 1 caption" }).click();
  await saved(page);
  expect((await rows(video))[0]?.text).toBe("replaced");
});

test("a caption is added into a gap, and its text is typed at once", async ({ page }) => {
  await signIn(page);
  await open(page, video);
  const count = (await rows(video)).length;
  await page.keyboard.press("a");
  await expect(text(page)).toBeFocused();
  // The gateway gives the caption its id while the person types.
  await page.keyboard.type("added by hand", { delay: 60 });
  await page.keyboard.press("Enter");
  await counted(page, count + 1);
  await saved(page);
  const added = (await rows(video))[1];
  expect([added?.text, added?.state]).toEqual(["added by hand", "confirmed"]);
  await page.keyboard.press("Home");
  await page.keyboard.press("a");
  await expect(page.getByText(/end of the video, follows at once/)).toBeVisible();
});

test("two people edit one video", async ({ page, browser }) => {
  await signIn(page);
  await open(page, video);
  const context = await browser.newContext();
  const other = await context.newPage();
  await signIn(other);
  await open(other, video);

  // What one does, the other sees.
  await page.keyboard.press("Tab");
  await text(page).fill("seen by both");
  await page.keyboard.press("Enter");
  await expect(options(other).filter({ hasText: "seen by both" })).toBeVisible();

  // An edit of a caption that the other one changed meanwhile shows both texts.
  await context.setOffline(true);
  await other.keyboard.press("Home");
  await text(other).fill("mine");
  await other.keyboard.press("Enter");
  await expect(other.locator("[data-saving=waiting]")).toBeVisible();
  await page.keyboard.press("Home");
  await text(page).fill("theirs");
  await page.keyboard.press("Enter");
  await saved(page);
  await context.setOffline(false);
  const conflict = other.locator("[data-conflict]");
  await expect(conflict).toContainText("mine");
  await expect(conflict).toContainText("theirs");
  await conflict.getByRole("button", { name: "Keep mine" }).click();
  await expect(conflict).toBeHidden();
  await expect(options(page).filter({ hasText: "mine" })).toBeVisible();
  await context.close();
});

test("a gateway that is killed in the middle of an edit loses nothing", async ({ page }) => {
  test.slow();
  await signIn(page);
  await open(page, video);
  await page.keyboard.press("Tab");
  await text(page).fill("typed while it ran");
  // The gateway makes this edit and is killed, and the page does not hear of it.
  let killed = false;
  await page.route(
    (url) => url.pathname.includes("/captions/"),
    async (route) => {
      if (killed || route.request().method() !== "PATCH") return route.continue();
      killed = true;
      await route.fetch();
      await stopGateway();
      await route.abort("connectionreset");
    },
  );
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-saving=waiting]")).toBeVisible();
  await text(page).fill("typed while it was away");
  await page.keyboard.press("Enter");
  await expect(page.getByText(/edits wait for the server/)).toBeVisible();

  await restartGateway();
  await saved(page);
  await expect(page.locator("[data-conflict]")).toBeHidden();
  const texts = (await rows(video)).map((row) => row.text);
  expect(texts.slice(0, 2)).toEqual(["typed while it ran", "typed while it was away"]);
});

test("the captions are accessible in both themes, on a phone, and in Chinese", async ({ page }) => {
  await signIn(page);
  await open(page, video);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Colours" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expectAccessible(page);
  await page.setViewportSize({ width: 375, height: 700 });
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
  await page.getByRole("button", { name: "Language" }).click();
  await page.getByRole("menuitemradio", { name: "中文" }).click();
  await expect(page.getByRole("button", { name: "确认并继续" })).toBeVisible();
});
