import type { Signal } from "@preact/signals";
import { type Command, useKeys } from "../app/keys";
import type { DialogName } from "./parts/bar";
import type { Actions } from "./state/actions";
import type { CaptionsStore } from "./state/store";
import { words } from "./words";

/** Rows that Page Up and Page Down pass. */
const PAGE = 8;

/** The keys of the captions view. The person can change them. */
export function useCaptionKeys(store: CaptionsStore, actions: Actions, dialog: Signal<DialogName | null>): void {
  const said = words();
  const command = (id: string, name: string, keys: string[], run: () => void): Command => ({
    id: `captions.${id}`,
    name,
    keys,
    run,
  });
  const open = (name: DialogName) => () => {
    dialog.value = name;
  };
  useKeys(said.title, [
    command("confirm", said.confirm, ["Enter"], actions.confirmAndGoOn),
    command("text", said.editText, ["T"], () => document.getElementById("caption-text")?.focus()),
    command("next", said.next, ["ArrowDown", "J"], () => store.step(1)),
    command("previous", said.previous, ["ArrowUp", "K"], () => store.step(-1)),
    command("page-down", `${said.next} (${PAGE})`, ["PageDown"], () => store.step(PAGE)),
    command("page-up", `${said.previous} (${PAGE})`, ["PageUp"], () => store.step(-PAGE)),
    command("first", said.first, ["Home"], () => store.step(Number.NEGATIVE_INFINITY)),
    command("last", said.last, ["End"], () => store.step(Number.POSITIVE_INFINITY)),
    command("next-open", said.nextDoubtful, ["N"], () => store.goOn()),
    command("earlier", said.earlier, ["ArrowLeft"], () => actions.moveByGrid(-1)),
    command("later", said.later, ["ArrowRight"], () => actions.moveByGrid(1)),
    command("earlier-native", said.earlierNative, ["Shift+ArrowLeft"], () => actions.moveByPicture(-1)),
    command("later-native", said.laterNative, ["Shift+ArrowRight"], () => actions.moveByPicture(1)),
    command("switch-end", said.switchEnd, ["E"], actions.switchSide),
    command("split", said.split, ["S"], actions.split),
    command("merge", said.merge, ["M"], () => actions.merge("after")),
    command("merge-previous", said.mergePrevious, ["Shift+M"], () => actions.merge("before")),
    command("add", said.add, ["A"], () => void actions.addBeside("after")),
    command("add-before", said.addBefore, ["Shift+A"], () => void actions.addBeside("before")),
    command("delete", said.remove, ["Delete", "Backspace"], actions.remove),
    command("unconfirm", said.unconfirm, ["U"], actions.unconfirm),
    command("undo", said.undo, ["Mod+Z"], actions.undo),
    command("redo", said.redo, ["Mod+Shift+Z", "Mod+Y"], actions.redo),
    command("play", said.play, ["Space"], actions.play),
    command("read-again", said.readAgain, ["O"], () => void actions.readAgain()),
    command("replace", said.findReplace, ["Mod+H", "R"], open("replace")),
    command("filter", said.filter, ["/"], () => document.getElementById("captions-filter")?.focus()),
  ]);
}
