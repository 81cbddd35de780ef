import { execFileSync } from "node:child_process";
import { defineConfig } from "@playwright/test";

// Playwright's own browsers are not available everywhere, so the tests use the Chromium of the machine.
const chromium = process.env.CHROMIUM ?? execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();

export default defineConfig({
  testDir: "e2e",
  // All specs share one stack, whose worker handles one video after the other.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    baseURL: process.env.CONSOLE_URL,
    locale: "en-US",
    screenshot: "only-on-failure",
    actionTimeout: 20_000,
    launchOptions: {
      executablePath: chromium,
      // Chromium's sandbox does not work for root, as whom tests run in containers.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
  },
});
