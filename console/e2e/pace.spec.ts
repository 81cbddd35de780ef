/**
 * How fast a person gets through captions, as far as the page decides it. Measured on demand:
 * `CONSOLE_PACE=1 npx playwright test pace`.
 */

import { expect, type Page, test } from "@playwright/test";
import { ask, readyVideo, signIn } from "./support";

interface Row {
  id: number;
  state: string;
  version: number;
  start_frame: number;
  end_frame: number;
  text: string | null;
}

interface List {
  captions: Row[];
}

const CHECKED = 100;
const MANY = 2000;

test.skip(process.env.CONSOLE_PACE === undefined, "Set CONSOLE_PACE to measure.");
test.slow();

/** Split the captions of the video until there are enough; return the number of the change, which is undone at the end. */
async function splitInto(video: string, count: number): Promise<number> {
  const { captions } = await ask<List>("GET", `/videos/${video}/captions`);
  const rows = captions.filter((row) => row.state !== "gap");
  const parts = Math.ceil(count / rows.length);
  const operations = rows.flatMap((row) => {
    const frames = row.end_frame - row.start_frame + 1;
    return Array.from({ length: Math.min(parts, frames) - 1 }, (_, index) => ({
      op: "split",
      caption: index === 0 ? row.id : `${row.id}-${index}`,
      ...(index === 0 ? { version: row.version } : {}),
      frame: row.start_frame + Math.floor((frames * (index + 1)) / parts),
      ref: `${row.id}-${index + 1}`,
    }));
  });
  const { change } = await ask<{ change: number }>("POST", `/videos/${video}/captions/edits`, { operations });
  return change;
}

async function undoFrom(video: string, first: number): Promise<void> {
  const { changes } = await ask<{ changes: { number: number }[] }>(
    "GET",
    `/videos/${video}/captions/history?limit=1000`,
  );
  for (const { number } of changes)
    if (number >= first) await ask("POST", `/videos/${video}/captions/history/${number}/undo`);
}

test("100 captions are checked by keyboard alone", async ({ page }) => {
  const video = await readyVideo();
  const change = await splitInto(video, CHECKED);
  try {
    await signIn(page);
    await page.goto(`/console/videos/${video}/captions`);
    await expect(page.getByRole("listbox", { name: "Captions" })).toBeFocused();
    let presses = 0;
    const press = async (key: string) => {
      presses += 1;
      await page.keyboard.press(key);
    };
    const times: number[] = [];
    for (let caption = 0; caption < CHECKED; caption++) {
      const before = await page.locator("[data-caption][aria-selected=true]").getAttribute("data-caption");
      const begun = performance.now();
      if (caption % 20 === 10) {
        // One in twenty has an end that is a frame off.
        await press("e");
        await press("ArrowLeft");
      }
      if (caption % 10 === 5) {
        // One in ten has a wrong letter at its end.
        await press("Tab");
        await press("End");
        await press("Backspace");
        await press("d");
      }
      await press("Enter");
      if (caption < CHECKED - 1) {
        await expect(page.locator("[data-caption][aria-selected=true]")).not.toHaveAttribute(
          "data-caption",
          before ?? "",
        );
        await expect(page.locator("fieldset canvas[data-frame]").first()).toBeVisible();
      }
      times.push(performance.now() - begun);
    }
    await expect(page.locator("[data-saving=saved]")).toBeVisible();
    await expect(page.getByText(`${CHECKED} of ${CHECKED} confirmed`)).toBeVisible();
    times.sort((a, b) => a - b);
    const mean = times.reduce((sum, each) => sum + each, 0) / times.length;
    console.log(
      `${CHECKED} captions, ${presses} key presses (${(presses / CHECKED).toFixed(2)} per caption); ` +
        `the page takes ${mean.toFixed(0)} ms per caption, median ${times[CHECKED / 2]?.toFixed(0)} ms, ` +
        `slowest ${times.at(-1)?.toFixed(0)} ms`,
    );
  } finally {
    await undoFrom(video, change);
  }
});

/** Answer with many captions; their pictures are those of the video. */
async function withMany(page: Page, video: string): Promise<void> {
  const list = await ask<List & { frame_count: number }>("GET", `/videos/${video}/captions`);
  const rows = list.captions.filter((row) => row.state !== "gap");
  const many = Array.from({ length: MANY }, (_, index) => {
    const row = rows[index % rows.length] as Row;
    return {
      ...row,
      id: index + 1_000_000,
      start_seconds: index * 3,
      end_seconds: index * 3 + 2,
      text: `${index + 1}. ${row.text}`,
    };
  });
  await page.route(
    (url) => url.pathname.endsWith(`/${video}/captions`) && !url.pathname.startsWith("/console"),
    (route) => route.fulfill({ json: { ...list, captions: many }, headers: { etag: '"many"' } }),
  );
}

test("2,000 captions are painted and scrolled", async ({ page }) => {
  const video = await readyVideo();
  await signIn(page);
  await withMany(page, video);
  await page.goto(`/console/videos/${video}/captions`);
  const shown = page.locator("[data-caption]").first();
  await expect(shown).toBeVisible();
  // The second time, as a person opens it who has worked here before.
  await page.evaluate(() => performance.clearMarks());
  await page.reload();
  await expect(shown).toBeVisible();
  const painted = await page.evaluate(() => performance.now());
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);

  const box = page.getByRole("listbox", { name: "Captions" });
  await box.hover();
  const frames = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const gaps: number[] = [];
        let last = performance.now();
        const next = (now: number) => {
          gaps.push(now - last);
          last = now;
          if (gaps.length < 180) requestAnimationFrame(next);
          else resolve(gaps);
        };
        requestAnimationFrame(next);
      }),
  );
  for (let turn = 0; turn < 60; turn++) await page.mouse.wheel(0, 600);
  const gaps = (await frames).sort((a, b) => a - b);
  const late = gaps.filter((gap) => gap > 1000 / 60 + 4).length;
  console.log(
    `${MANY} captions: first contentful paint after ${paint.toFixed(0)} ms, rows seen after at most ${painted.toFixed(0)} ms; ` +
      `scrolling: median ${gaps[90]?.toFixed(1)} ms per frame, 95 % below ${gaps[171]?.toFixed(1)} ms, ${late} of 180 late`,
  );
  expect(await page.locator("[data-caption]").count()).toBeLessThan(60);
});
