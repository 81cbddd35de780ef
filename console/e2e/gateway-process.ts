import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { GATEWAY } from "./support";

const run = promisify(execFile);

/** The command `captionacc` of the stack that the specs share; CAPTIONACC_HOME says which stack that is. */
const CAPTIONACC = process.env.CONSOLE_CAPTIONACC ?? "../.venv/bin/captionacc";

/** Kill the gateway as a crash would. */
export async function stopGateway(): Promise<void> {
  // `status` ends with 1 while a service is down.
  const { stdout } = await run(CAPTIONACC, ["status"]).catch((error) => error);
  const pid = /webhook-gateway\s+pid (\d+)/.exec(stdout)?.[1];
  if (pid === undefined) throw new Error(`The gateway has no process:\n${stdout}`);
  process.kill(Number(pid), "SIGKILL");
}

/** Start what is not running, and wait until the gateway answers. */
export async function restartGateway(): Promise<void> {
  await run(CAPTIONACC, ["up"]);
  const response = await fetch(`${GATEWAY}/health/live`);
  if (!response.ok) throw new Error(`The gateway answers ${response.status}.`);
}
