import { test } from "@playwright/test";
import type { Change } from "../src/captions/model/types";
import { toUndo } from "../src/captions/model/undo";
import { ask, readyVideo } from "./support";

/** The changes that were made after one, the newest first. */
async function changesSince(video: string, before: number): Promise<Change[]> {
  const { changes } = await ask<{ changes: Change[] }>("GET", `/videos/${video}/captions/history?limit=100`);
  return changes.filter((each) => each.number > before);
}

/** The number of the latest change of the captions; 0 before the first one. */
async function latestChange(video: string): Promise<number> {
  return (await changesSince(video, 0))[0]?.number ?? 0;
}

/** Put the captions back as they were after a change: all specs share the video. */
async function restore(video: string, before: number): Promise<void> {
  for (;;) {
    const number = toUndo(await changesSince(video, before), null);
    if (number === null) return;
    await ask("POST", `/videos/${video}/captions/history/${number}/undo`);
  }
}

/** Give each spec of a file the video that all specs share, and put its captions back afterwards. */
export function shareCaptions(give: (video: string) => void): void {
  let [video, before] = ["", 0];
  test.beforeEach(async () => {
    video = await readyVideo();
    before = await latestChange(video);
    give(video);
  });
  test.afterEach(async ({ page }) => {
    // A page that is still open after a failure would go on to send its edits.
    await page.close();
    await restore(video, before);
  });
}
