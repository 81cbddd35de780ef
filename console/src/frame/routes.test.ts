import { describe, expect, it } from "vitest";
import { findRoute } from "../app/router";
import { ROUTES } from "./routes";

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
