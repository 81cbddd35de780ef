import { describe, expect, it } from "vitest";
import { comboOf, keycaps } from "./combos";

const none = { code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

describe("comboOf", () => {
  it("names letters in upper case, with and without Shift", () => {
    expect(comboOf({ ...none, key: "s" })).toBe("S");
    expect(comboOf({ ...none, key: "S", shiftKey: true })).toBe("Shift+S");
  });

  it("takes Ctrl and Command for the same", () => {
    expect(comboOf({ ...none, key: "z", ctrlKey: true })).toBe("Mod+Z");
    expect(comboOf({ ...none, key: "z", metaKey: true })).toBe("Mod+Z");
  });

  it("takes the letter of the key where Option on a Mac types another sign", () => {
    expect(comboOf({ ...none, key: "ç", code: "KeyC", altKey: true })).toBe("Alt+C");
    expect(comboOf({ ...none, key: "˙", code: "KeyH", altKey: true })).toBe("Alt+H");
    expect(comboOf({ ...none, key: "c", code: "KeyC", altKey: true })).toBe("Alt+C");
    // AltGr, which types signs on other machines.
    expect(comboOf({ ...none, key: "ł", code: "KeyW", altKey: true, ctrlKey: true })).toBe("Mod+Alt+Ł");
  });

  it("leaves Shift out where the sign needs it", () => {
    expect(comboOf({ ...none, key: "?", shiftKey: true })).toBe("?");
    expect(comboOf({ ...none, key: "ArrowLeft", shiftKey: true })).toBe("Shift+ArrowLeft");
    expect(comboOf({ ...none, key: " " })).toBe("Space");
  });
});

describe("keycaps", () => {
  it("shows the keys of a combination", () => {
    expect(keycaps("Mod+Shift+Z", false)).toEqual(["Ctrl", "Shift", "Z"]);
    expect(keycaps("Mod+ArrowLeft", true)).toEqual(["⌘", "←"]);
    expect(keycaps("Mod++", false)).toEqual(["Ctrl", "+"]);
    expect(keycaps("+", false)).toEqual(["+"]);
  });
});
