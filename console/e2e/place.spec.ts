import { expect, type Locator, type Page, test } from "@playwright/test";
import { readyVideo, signIn } from "./support";

async function openPlace(page: Page): Promise<Locator> {
  const video = await readyVideo();
  await signIn(page);
  await page.goto(`/console/videos/${video}/place`);
  const region = page.getByRole("group", { name: /^Track 1,/ });
  await expect(region).toBeVisible();
  return region;
}

async function boxOf(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error("The element is not shown.");
  return box;
}

/** Drag with the mouse from a point of the page by some pixels. */
async function drag(page: Page, from: { x: number; y: number }, by: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + by.x / 2, from.y + by.y / 2);
  await page.mouse.move(from.x + by.x, from.y + by.y);
  await page.mouse.up();
}

test("a region is dragged and resized by the mouse, and undo brings it back", async ({ page }) => {
  const region = await openPlace(page);
  const top = page.getByLabel("Top of track 1, in per cent");
  const typedTop = await top.inputValue();
  const before = await boxOf(region);

  await drag(page, { x: before.x + before.width / 2, y: before.y + before.height / 2 }, { x: 0, y: -40 });
  // The page draws the region after the mouse has moved.
  await expect.poll(async () => (await boxOf(region)).y).toBeCloseTo(before.y - 40, 0);
  const moved = await boxOf(region);
  expect(moved.height).toBeCloseTo(before.height, 0);
  await expect(top).not.toHaveValue(typedTop);

  // The handle in the middle of the upper side.
  await drag(page, { x: moved.x + moved.width / 2, y: moved.y }, { x: 30, y: -25 });
  const resized = await boxOf(region);
  expect(resized.y).toBeCloseTo(moved.y - 25, 0);
  expect(resized.x).toBeCloseTo(moved.x, 0);
  expect(resized.y + resized.height).toBeCloseTo(moved.y + moved.height, 0);

  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await expect(top).toHaveValue(typedTop);
});

test("keys move and resize the region that has the focus", async ({ page }) => {
  const region = await openPlace(page);
  const left = page.getByLabel("Left of track 1, in per cent");
  const right = page.getByLabel("Right of track 1, in per cent");
  const before = [Number(await left.inputValue()), Number(await right.inputValue())];

  await region.focus();
  for (let press = 0; press < 3; press += 1) await page.keyboard.press("Shift+ArrowRight");
  const moved = [Number(await left.inputValue()), Number(await right.inputValue())];
  expect(moved[0]).toBeGreaterThan(before[0] ?? 0);
  expect((moved[1] ?? 0) - (moved[0] ?? 0)).toBeCloseTo((before[1] ?? 0) - (before[0] ?? 0), 0);

  await page.keyboard.press("Alt+Shift+ArrowLeft");
  expect(Number(await left.inputValue())).toBeLessThan(moved[0] ?? 0);
  await expect(right).toHaveValue(String(moved[1]));
});

test("text is marked as left out while the region moves away, and inside when it comes back", async ({ page }) => {
  const region = await openPlace(page);
  const outside = page.locator("[data-fate=outside]");
  const inside = page.locator("[data-fate=inside]");
  await expect(inside.first()).toBeAttached();
  const count = await outside.count();

  const { x, y, width, height } = await boxOf(region);
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y + height / 2 - 150, { steps: 3 });
  // The button is still held: the marks follow the drag.
  await expect.poll(() => outside.count()).toBeGreaterThan(count);
  await page.mouse.move(x + width / 2, y + height / 2, { steps: 3 });
  await expect.poll(() => outside.count()).toBe(count);
  await page.mouse.up();
});

test("a new place is drawn on the picture and removed again", async ({ page }) => {
  await openPlace(page);
  const tracks = page.getByRole("group", { name: /^Track \d,/ });
  const count = await tracks.count();
  const picture = await boxOf(page.locator("[data-picture]"));

  await drag(
    page,
    { x: picture.x + picture.width * 0.1, y: picture.y + picture.height * 0.35 },
    { x: picture.width * 0.4, y: picture.height * 0.2 },
  );
  await expect(tracks).toHaveCount(count + 1);
  await page.getByRole("button", { name: `Remove track ${count + 1}` }).click();
  await expect(tracks).toHaveCount(count);
});

test("the API's limits show before anything is sent", async ({ page }) => {
  const region = await openPlace(page);
  const { x, y, width, height } = await boxOf(region);
  await page.getByRole("button", { name: "Add a place" }).click();
  const number = await page.getByRole("group", { name: /^Track \d,/ }).count();
  const added = page.getByRole("group", { name: new RegExp(`^Track ${number},`) });
  const other = await boxOf(added);
  await drag(
    page,
    { x: other.x + other.width / 2, y: other.y + other.height / 2 },
    { x: x + width / 2 - other.x - other.width / 2, y: y + height / 2 - other.y - other.height / 2 },
  );
  await expect(page.getByRole("alert")).toContainText("mostly show the same part of the picture");
  await expect(page.getByRole("button", { name: /Approve/ })).toBeDisabled();
});

test("before places are approved again, the page says what is carried over", async ({ page }) => {
  const region = await openPlace(page);
  await expect(page.getByRole("button", { name: "These places are in force" })).toBeDisabled();
  await region.focus();
  await page.keyboard.press("ArrowUp");
  await page.getByRole("button", { name: "Approve again…" }).click();

  const dialog = page.getByRole("dialog", { name: "Find the captions again?" });
  await expect(dialog).toContainText("are kept as a version and can be restored");
  await expect(dialog).toContainText(/carried over|nothing to carry over/);
  await expect(dialog.getByRole("button", { name: "Find the captions again" })).toBeEnabled();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
});

test("the pictures are gone through by keys", async ({ page }) => {
  await openPlace(page);
  const slider = page.getByRole("slider", { name: "Time in the video" });
  const last = Number(await slider.getAttribute("max"));
  test.skip(last < 1, "The video has one stored picture.");
  await slider.fill("0");
  await slider.blur();
  await page.keyboard.press(".");
  await expect(slider).toHaveValue("1");
  await page.keyboard.press(",");
  await expect(slider).toHaveValue("0");
});

test("a picture whose address has ended is asked for anew", async ({ page }) => {
  let ended = 0;
  await page.route(/full_frames\/.*X-Amz-Signature/, async (route) => {
    ended += 1;
    if (ended > 1) return await route.continue();
    await route.fulfill({ status: 403 });
  });
  await openPlace(page);
  await expect
    .poll(() => page.locator("[data-picture] img").evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0);
  expect(ended).toBeGreaterThan(1);
});

test.describe("on a telephone", () => {
  test.use({ viewport: { width: 375, height: 700 }, hasTouch: true, isMobile: true });

  test("a finger drags a region, and nothing is wider than the screen", async ({ page }) => {
    const region = await openPlace(page);
    await region.scrollIntoViewIfNeeded();
    const before = await boxOf(region);
    const [x, y] = [before.x + before.width / 2, before.y + before.height / 2];
    const session = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", at: { x: number; y: number }[]) =>
      session.send("Input.dispatchTouchEvent", { type, touchPoints: at });
    await touch("touchStart", [{ x, y }]);
    await touch("touchMove", [{ x, y: y - 20 }]);
    await touch("touchMove", [{ x, y: y - 30 }]);
    await touch("touchEnd", []);
    expect((await boxOf(region)).y).toBeCloseTo(before.y - 30, -1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
  });
});
