import { describe, expect, it } from "vitest";
import { findRoute, pathOf } from "./router";
import { ROUTES } from "./routes";

describe("pathOf", () => {
  it.each([
    ["/console", "/videos"],
    ["/console/", "/videos"],
    ["/console/operate/", "/operate"],
    ["/elsewhere", "/videos"],
  ])("%s is the page %s", (pathname, page) => expect(pathOf(pathname)).toBe(page));
});

describe("findRoute", () => {
  it("takes a part with a broken escape as it stands", () => {
    expect(findRoute(ROUTES, "/videos/%E0%A4/place")?.params.id).toBe("%E0%A4");
  });

  it("finds the view and the video of a page", () => {
    const found = findRoute(ROUTES, "/videos/abc/captions");

    expect(found?.route.view).toBe("captions");
    expect(found?.params).toEqual({ id: "abc" });
  });

  it("finds nothing for an unknown page", () => {
    expect(findRoute(ROUTES, "/videos/abc/nothing")).toBeNull();
    expect(findRoute(ROUTES, "/videos//captions")).toBeNull();
  });
});
