import { describe, expect, it } from "vitest";
import { UnreachableError } from "../api/problems";
import { PartRefusedError } from "./put-part";
import { type Part, type TransferWork, transfer } from "./transfer";

const PART_BYTES = 10;

/** A store of `count` parts; `fails` decides what a PUT throws. */
function store(count: number, fails: (number: number, attempt: number) => Error | null = () => null) {
  const sent = new Set<number>();
  const attempts = new Map<number, number>();
  const heard: number[] = [];
  const waits: number[] = [];
  const stopping = new AbortController();
  const part = (number: number): Part => ({ number, offset: number * PART_BYTES, size_bytes: PART_BYTES, url: "" });
  const work: TransferWork = {
    signal: stopping.signal,
    state: async () => ({
      sent_bytes: sent.size * PART_BYTES,
      // The gateway names the first missing parts only.
      next_parts: Array.from({ length: count }, (_, index) => part(index + 1))
        .filter(({ number }) => !sent.has(number))
        .slice(0, 4),
    }),
    put: async ({ number }, onProgress) => {
      const attempt = (attempts.get(number) ?? 0) + 1;
      attempts.set(number, attempt);
      onProgress(PART_BYTES / 2);
      await Promise.resolve();
      const error = fails(number, attempt);
      if (error !== null) throw error;
      sent.add(number);
    },
    onSent: (bytes) => heard.push(bytes),
    onTrouble: () => {},
    wait: async (ms) => {
      waits.push(ms);
      if (waits.length > 20) stopping.abort(new Error("stopped by the test"));
    },
  };
  return { work, sent, attempts, heard, waits };
}

describe("transfer", () => {
  it("sends every part once, in as many rounds as the gateway names parts", async () => {
    const { work, sent, attempts, heard } = store(10);

    await transfer(work);

    expect(sent.size).toBe(10);
    expect(Math.max(...attempts.values())).toBe(1);
    expect(heard.at(-1)).toBe(100);
    expect(Math.max(...heard)).toBeLessThanOrEqual(100);
  });

  it("goes on with the missing parts after a broken connection, and waits longer each time", async () => {
    const { work, sent, waits } = store(2, (number, attempt) =>
      number === 2 && attempt < 4 ? new UnreachableError("cut") : null,
    );

    await transfer(work);

    expect(sent.size).toBe(2);
    expect(waits).toHaveLength(3);
    expect(waits[2]).toBeGreaterThan(waits[1] ?? 0);
  });

  it("asks for fresh addresses when the store refuses a part", async () => {
    const { work, sent } = store(3, (number, attempt) =>
      number === 1 && attempt === 1 ? new PartRefusedError("expired") : null,
    );

    await transfer(work);

    expect(sent.size).toBe(3);
  });

  it("gives up on a part that the store always refuses", async () => {
    const { work } = store(3, (number) => (number === 1 ? new PartRefusedError("never") : null));

    await expect(transfer(work)).rejects.toThrow("never");
  });

  it("stops when it is told to", async () => {
    const { work } = store(1, () => new UnreachableError("cut"));

    await expect(transfer(work)).rejects.toThrow("stopped by the test");
  });
});
