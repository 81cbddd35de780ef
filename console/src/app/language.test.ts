import { afterEach, describe, expect, it } from "vitest";
import { defineWords, language } from "./language";

const words = defineWords({
  en: { title: "Videos", count: (n: number) => `${n} videos` },
  zh: { title: "视频", count: (n) => `${n} 个视频` },
});

afterEach(() => {
  language.value = "en";
});

describe("defineWords", () => {
  it("gives the words of the chosen language", () => {
    expect(words().count(2)).toBe("2 videos");
    language.value = "zh";
    expect(words().title).toBe("视频");
    expect(words().count(2)).toBe("2 个视频");
  });
});
