import { afterEach, describe, expect, it } from "vitest";
import { problemOf, sentenceOf } from "../api/problems";
import { language } from "../app/language";
import { errorSentence } from "./errors";

function problem(status: number, body: object): string {
  return sentenceOf(problemOf(new Response(null, { status }), body));
}

afterEach(() => {
  language.value = "en";
});

describe("a problem of the gateway", () => {
  const refused = { code: "crop_region_invalid", detail: "Region 1 is empty; draw it larger." };

  it("is the gateway's sentence in English, and one by its code in Chinese", () => {
    expect(problem(422, refused)).toBe("Region 1 is empty; draw it larger.");
    language.value = "zh";
    expect(problem(422, refused)).toBe("字幕区域为空或超出画面，请重新框选。");
  });

  it("keeps what the gateway says where the code stands for many faults, or where there is no code", () => {
    language.value = "zh";
    expect(problem(409, { code: "state_conflict", detail: "The video is being processed." })).toContain(
      "The video is being processed.",
    );
    expect(problem(422, { detail: "The name is too long." })).toBe("The name is too long.");
    expect(problem(422, { code: "of_a_newer_gateway", detail: "Something else." })).toBe("Something else.");
  });

  it("names the limit that refused the request", () => {
    language.value = "zh";
    const limit = { name: "stored_bytes", allowed: 5e9, asked: 1e9, used: 4.5e9, reserved: 0.25e9, free_at: null };
    expect(problem(429, { code: "limit_reached", detail: "…", limit })).toBe(
      "已达到上限：存储（GB），已用 4.75，允许 5。",
    );
  });
});

describe("an error of a video", () => {
  it("has the same sentences", () => {
    const error = { code: "video_unreadable", message: "The file is not a video." } as const;
    expect(errorSentence(error)).toBe("The file is not a video.");
    language.value = "zh";
    expect(errorSentence(error)).toBe("无法打开或解码此视频，请换一个文件。");
  });
});
