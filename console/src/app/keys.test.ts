import { afterEach, describe, expect, it } from "vitest";
import { type Command, type CommandGroup, changedKeys, changeKeys, findCommand } from "./keys";

const command = (id: string, keys: string[], inFields = false): Command => ({
  id,
  name: id,
  keys,
  run: () => {},
  inFields,
});
const groups: CommandGroup[] = [
  { name: "Everywhere", commands: [command("app.keys", ["?"])] },
  { name: "Captions", commands: [command("captions.split", ["S"]), command("captions.save", ["Mod+Enter"], true)] },
];

afterEach(() => {
  changedKeys.value = {};
});

describe("findCommand", () => {
  it("finds the command of a key", () => {
    expect(findCommand(groups, "S", false)?.id).toBe("captions.split");
    expect(findCommand(groups, "X", false)).toBeNull();
  });

  it("leaves keys to a field, except those of commands that work there", () => {
    expect(findCommand(groups, "S", true)).toBeNull();
    expect(findCommand(groups, "Mod+Enter", true)?.id).toBe("captions.save");
  });

  it("follows a changed key, until it is changed back", () => {
    changeKeys("captions.split", ["K"]);
    expect(findCommand(groups, "K", false)?.id).toBe("captions.split");
    expect(findCommand(groups, "S", false)).toBeNull();

    changeKeys("captions.split", null);
    expect(findCommand(groups, "S", false)?.id).toBe("captions.split");
  });
});
