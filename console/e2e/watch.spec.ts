import { expect, test } from "@playwright/test";
import { ask, complaints, expectAccessible, readyVideo, signIn } from "./support";

interface Row {
  text: string | null;
  state: string;
  end_frame: number;
}

async function first(video: string): Promise<Row> {
  const { captions } = await ask<{ captions: Row[] }>("GET", `/videos/${video}/captions`);
  const row = captions.find((each) => each.state !== "gap");
  if (row === undefined) throw new Error("The video has no captions.");
  return row;
}

test("the video is watched with its captions, one is looped, and an end is dragged", async ({ page }) => {
  const said = complaints(page);
  const video = await readyVideo();
  const before = await first(video);
  await signIn(page);
  await page.goto(`/console/videos/${video}/watch`);
  const timeline = page.getByRole("slider", { name: "Timeline" });
  await expect(timeline).toBeVisible();
  await expect.poll(() => page.locator("video").evaluate((player: HTMLVideoElement) => player.readyState)).toBe(4);

  await page.keyboard.press("j");
  await expect(page.locator("[data-shown-caption]")).toHaveText(before.text ?? "");
  await expect(timeline).toHaveAttribute("aria-valuetext", new RegExp(before.text ?? ""));
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
  const end = (before.end_frame + 1) / 10;
  await page.mouse.move(x(end) - 2, y);
  await page.mouse.down();
  await page.mouse.move(x(end - 0.5), y, { steps: 5 });
  await page.mouse.up();
  await expect.poll(async () => (await first(video)).end_frame).toBe(before.end_frame - 5);
  await page.keyboard.press("Control+z");
  await expect.poll(async () => (await first(video)).end_frame).toBe(before.end_frame);
  await expectAccessible(page);
  expect(said).toEqual([]);
});

test("a file that the browser cannot play is shown by its cropped frames", async ({ page }) => {
  const video = await readyVideo();
  const before = await first(video);
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
  await expect(page.locator("[data-shown-caption]")).toHaveText(before.text ?? "");
  const canvas = page.getByRole("img", { name: "Watch" });
  await expect(canvas).toHaveAttribute("data-frame", /\d+/);
  const shown = Number(await canvas.getAttribute("data-frame"));
  await page.keyboard.press(" ");
  await expect.poll(async () => Number(await canvas.getAttribute("data-frame"))).toBeGreaterThan(shown + 3);
});
