import { expect, type Page, test } from "@playwright/test";
import { shareCaptions } from "./caption-history";
import { ask, complaints, expectAccessible, signIn } from "./support";

interface Row {
  id: number;
  version: number;
  text: string | null;
  state: string;
  start_frame: number;
  end_frame: number;
}

async function first(video: string): Promise<Row> {
  const { captions } = await ask<{ captions: Row[] }>("GET", `/videos/${video}/captions`);
  const row = captions.find((each) => each.state !== "gap");
  if (row === undefined) throw new Error("The video has no captions.");
  return row;
}

/** How red (0 to 255) the last pixel of a picture is; the canvas itself holds pictures of the store, so it cannot be read. */
async function redAtBottom(page: Page, png: Buffer): Promise<number | undefined> {
  return page.evaluate(
    async (bytes) => {
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
      context?.drawImage(bitmap, 0, 0);
      return context?.getImageData(bitmap.width / 2, bitmap.height - 3, 1, 1).data[0];
    },
    [...png],
  );
}

let video: string;
shareCaptions((shared) => {
  video = shared;
});

test("the video is watched with its captions, one is looped, and an end is dragged", async ({ page }) => {
  const said = complaints(page);
  const row = await first(video);
  await signIn(page);
  await page.goto(`/console/videos/${video}/watch`);
  const timeline = page.getByRole("slider", { name: "Timeline" });
  await expect(timeline).toBeVisible();
  await expect.poll(() => page.locator("video").evaluate((player: HTMLVideoElement) => player.readyState)).toBe(4);

  await page.keyboard.press("j");
  await expect(page.locator("[data-shown-caption]")).toHaveText(row.text ?? "");
  await expect(timeline).toHaveAttribute("aria-valuetext", new RegExp(row.text ?? ""));
  await page.keyboard.press("l");
  await expect(page.getByRole("button", { name: "Loops the caption" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("l");
  await page.keyboard.press(" ");

  // The end of the first caption is dragged by half a second.
  const box = await timeline.boundingBox();
  const [start, last] = await timeline.evaluate((each) => [each.ariaValueMin, each.ariaValueMax].map(Number));
  if (box === null || start === undefined || last === undefined) throw new Error("The timeline has no size.");
  const x = (seconds: number) => box.x + ((seconds - start) / (last - start)) * box.width;
  const y = box.y + box.height - 20;
  const end = (row.end_frame + 1) / 10;
  await page.mouse.move(x(end) - 2, y);
  await page.mouse.down();
  await page.mouse.move(x(end - 0.5), y, { steps: 5 });
  await page.mouse.up();
  await expect.poll(async () => (await first(video)).end_frame).toBe(row.end_frame - 5);
  await page.keyboard.press("Control+z");
  await expect.poll(async () => (await first(video)).end_frame).toBe(row.end_frame);
  await expectAccessible(page);

  // The timeline is drawn anew in the colours that the person chooses.
  await page.getByRole("button", { name: "Colours" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect.poll(async () => redAtBottom(page, await timeline.screenshot())).toBeLessThan(64);
  expect(said).toEqual([]);
});

test("ends and captions are made where the video stands, and text without a caption is found", async ({ page }) => {
  const row = await first(video);
  await signIn(page);
  await page.goto(`/console/videos/${video}/watch`);
  await expect(page.getByText("All of it has captions.")).toBeVisible();
  await expect.poll(() => page.locator("video").evaluate((player: HTMLVideoElement) => player.readyState)).toBe(4);
  // Of the caption that is shown, not of one that was chosen row.
  await page.keyboard.press("j");
  await expect(page.locator("[data-shown-caption]")).toHaveText(row.text ?? "");
  await page.keyboard.press(".");
  await page.keyboard.press(".");
  await page.keyboard.press("[");
  await expect.poll(async () => (await first(video)).start_frame).toBe(row.start_frame + 2);
  await page.keyboard.press("Control+z");
  await expect.poll(async () => (await first(video)).start_frame).toBe(row.start_frame);

  // Without its first caption, the model's text there has none.
  const shown = async () =>
    (await ask<{ captions: Row[] }>("GET", `/videos/${video}/captions`)).captions.filter((row) => row.state !== "gap");
  const [removed, ...others] = await shown();
  await ask("DELETE", `/videos/${video}/captions/${removed?.id}?version=${removed?.version}`);
  await expect(page.getByText(/In 1 place, in red/)).toBeVisible();
  await page.keyboard.press("g");
  await expect(page.getByText("No caption is shown now.")).toBeVisible();
  await page.keyboard.press("a");
  await expect.poll(async () => (await shown()).length).toBe(others.length + 1);
  const added = (await shown())[0];
  expect(Math.abs((added?.start_frame ?? 0) - row.start_frame)).toBeLessThanOrEqual(1);
  expect(Math.abs((added?.end_frame ?? 0) - row.end_frame)).toBeLessThanOrEqual(1);
  await expectAccessible(page);
  for (const count of [others.length, others.length + 1]) {
    await page.keyboard.press("Control+z");
    await expect.poll(async () => (await shown()).length).toBe(count);
  }
  expect(await first(video)).toMatchObject({ start_frame: row.start_frame, end_frame: row.end_frame });
});

test("a file that the browser cannot play is shown by its cropped frames", async ({ page }) => {
  const row = await first(video);
  await signIn(page);
  // The address of the file leads to something that is no video.
  await page.route(/\/media$/, async (route) => {
    const response = await route.fetch();
    const media = await response.json();
    await route.fulfill({ response, json: { ...media, url: new URL("/console/", page.url()).href } });
  });
  await page.goto(`/console/videos/${video}/watch`);
  await expect(page.getByText("This browser cannot play the file")).toBeVisible();
  await page.keyboard.press("j");
  await expect(page.locator("[data-shown-caption]")).toHaveText(row.text ?? "");
  const canvas = page.getByRole("img", { name: "Watch" });
  await expect(canvas).toHaveAttribute("data-frame", /\d+/);
  const shown = Number(await canvas.getAttribute("data-frame"));
  await page.keyboard.press(" ");
  await expect.poll(async () => Number(await canvas.getAttribute("data-frame"))).toBeGreaterThan(shown + 3);
});

test("a player goes on at the same place when the gateway is away as its address ends", async ({ page }) => {
  await signIn(page);
  await page.goto(`/console/videos/${video}/watch`);
  const player = page.locator("video");
  await expect.poll(() => player.evaluate((each: HTMLVideoElement) => each.readyState)).toBe(4);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  const stood = await player.evaluate((each: HTMLVideoElement) => each.currentTime);
  expect(stood).toBeGreaterThan(0);
  const address = await player.getAttribute("src");

  await page.route(/\/media$/, (route) => route.abort("connectionrefused"));
  // What a browser says when the store refuses an address that has ended.
  await player.dispatchEvent("error");
  await expect(page.getByText("The server cannot be reached, so the video stands still.")).toBeVisible();
  await expectAccessible(page);
  await page.unroute(/\/media$/);
  await expect(page.getByText("The server cannot be reached")).toBeHidden();
  await expect(player).not.toHaveAttribute("src", address ?? "");
  await expect.poll(() => player.evaluate((each: HTMLVideoElement) => each.readyState)).toBe(4);
  await expect.poll(() => player.evaluate((each: HTMLVideoElement) => each.currentTime)).toBeCloseTo(stood, 2);
});
