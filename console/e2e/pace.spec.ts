/**
 * How fast a person gets through captions, as far as the page decides it. Measured on demand:
 * `CONSOLE_PACE=1 npx playwright test pace`.
 */

import { expect, type Page, test } from "@playwright/test";
import { ask, readyVideo, signIn } from "./support";

interface Row {
  id: number;
  track: number;
  state: string;
  version: number;
  start_frame: number;
  end_frame: number;
  text: string | null;
}

interface List {
  captions: Row[];
}

interface History {
  changes: { number: number }[];
  next_before: number | null;
}

const CHECKED = 100;
const MANY = 2000;

test.skip(process.env.CONSOLE_PACE === undefined, "Set CONSOLE_PACE to measure.");
test.slow();

/**
 * Fill the gaps of the video with captions, and split all of them until there are enough; return the number of the
 * change, which is undone at the end.
 */
async function splitInto(video: string, count: number): Promise<number> {
  const { captions } = await ask<List>("GET", `/videos/${video}/captions`);
  const frames = captions.map((row) => row.end_frame - row.start_frame + 1);
  const parts = captions.map(() => 1);
  // The longest part is halved next, so that none has less than a frame.
  for (let made = parts.length; made < count; made++) {
    const lengths = frames.map((each, row) => each / (parts[row] ?? 1));
    const longest = lengths.indexOf(Math.max(...lengths));
    parts[longest] = (parts[longest] ?? 0) + 1;
  }
  const operations = captions.flatMap((row, place) => {
    const name = `row-${place}-`;
    const { start_frame, end_frame, track } = row;
    const begin =
      row.state === "gap" ? [{ op: "add", track, start_frame, end_frame, text: "added", ref: `${name}0` }] : [];
    const splits = Array.from({ length: (parts[place] ?? 1) - 1 }, (_, index) => ({
      op: "split",
      ...(index === 0 && row.state !== "gap"
        ? { caption: row.id, version: row.version }
        : { caption: `${name}${index}` }),
      frame: start_frame + Math.floor(((frames[place] ?? 0) * (index + 1)) / (parts[place] ?? 1)),
      ref: `${name}${index + 1}`,
    }));
    return [...begin, ...splits];
  });
  const { change } = await ask<{ change: number }>("POST", `/videos/${video}/captions/edits`, { operations });
  return change;
}

/** Take back every change from the number on, the newest first. */
async function undoFrom(video: string, first: number): Promise<void> {
  const path = `/videos/${video}/captions/history`;
  const made: number[] = [];
  let before: number | null = null;
  do {
    const page: string = before === null ? "" : `&before=${before}`;
    const answer: History = await ask("GET", `${path}?limit=100${page}`);
    const { changes, next_before } = answer;
    made.push(...changes.map((each) => each.number).filter((number) => number >= first));
    before = (changes.at(-1)?.number ?? 0) >= first ? next_before : null;
  } while (before !== null);
  for (const number of made) await ask("POST", `${path}/${number}/undo`);
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

/**
 * Answer with many captions; their pictures are those of the video. Where CONSOLE_VIDEO names a video that has so
 * many, the gateway answers.
 */
async function withMany(page: Page, video: string): Promise<void> {
  const list = await ask<List & { frame_count: number }>("GET", `/videos/${video}/captions`);
  const rows = list.captions.filter((row) => row.state !== "gap");
  if (rows.length >= MANY) return;
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
  // The page itself notes when it draws the first row: a look from outside comes later.
  await page.addInitScript(() => {
    const look = () => {
      if (document.querySelector("[data-caption]") === null) requestAnimationFrame(look);
      else requestAnimationFrame(() => performance.mark("rows"));
    };
    look();
  });
  await page.goto(`/console/videos/${video}/captions`);
  const shown = page.locator("[data-caption]").first();
  await expect(shown).toBeVisible();
  // The processor time of the page's main thread says more than the clock where other programs run.
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const busy = async () => {
    const { metrics } = await cdp.send("Performance.getMetrics");
    return (metrics.find((each) => each.name === "TaskDuration")?.value ?? 0) * 1000;
  };
  // The second time, as a person opens it who has worked here before.
  const busyAtFirst = await busy();
  await page.reload();
  await expect(shown).toBeVisible();
  const at = (name: string) =>
    page.evaluate((mark) => Math.round(performance.getEntriesByName(mark)[0]?.startTime ?? 0), name);
  await expect.poll(() => at("rows")).toBeGreaterThan(0);
  const [paint, painted] = [await at("first-contentful-paint"), await at("rows")];

  const worked = (await busy()) - busyAtFirst;

  const box = page.getByRole("listbox", { name: "Captions" });
  await box.hover();
  const busyBefore = await busy();
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
  const work = (await busy()) - busyBefore;
  // A picture later than by half of its time is one that a person may notice.
  const late = gaps.filter((gap) => gap > 1.5 * (1000 / 60)).length;
  console.log(
    `${MANY} captions: first contentful paint after ${paint} ms, rows after ${painted} ms, for which the main thread works ${worked.toFixed(0)} ms; ` +
      `scrolling: median ${gaps[90]?.toFixed(1)} ms per frame, 95 % below ${gaps[171]?.toFixed(1)} ms, ${late} of 180 late; the main thread works ${(work / gaps.length).toFixed(1)} ms per frame`,
  );
  expect(await page.locator("[data-caption]").count()).toBeLessThan(60);
});
