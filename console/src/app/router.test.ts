import { describe, expect, it } from "vitest";
import { pathOf } from "./router";

describe("pathOf", () => {
  it.each([
    ["/console", "/videos"],
    ["/console/", "/videos"],
    ["/console/operate/", "/operate"],
    ["/elsewhere", "/videos"],
  ])("%s is the page %s", (pathname, page) => expect(pathOf(pathname)).toBe(page));
});
