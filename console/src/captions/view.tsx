import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { sentenceOf } from "../api/problems";
import { query } from "../app/router";
import { Button } from "../parts/button";
import { TogetherBar } from "../together/together-bar";
import { ChecksDialog } from "./dialogs/checks-dialog";
import { ProposalsDialog } from "./dialogs/proposals-dialog";
import { useCaptionKeys } from "./keys";
import { Bar, type DialogName } from "./parts/bar";
import { Editor, focusList } from "./parts/editor";
import { CaptionRows } from "./parts/list";
import { Actions } from "./state/actions";
import { CaptionsStore } from "./state/store";
import style from "./view.module.css";
import { words } from "./words";

/** The captions of a video: the list beside the pictures that prove each of them. */
export function CaptionsView({ videoId }: { videoId: string }) {
  const store = useSignal<CaptionsStore | null>(null);
  useEffect(() => {
    let shown = true;
    let opened: CaptionsStore | null = null;
    void CaptionsStore.open(videoId).then((found) => {
      opened = found;
      if (shown) store.value = found;
      else found.close();
    });
    return () => {
      shown = false;
      opened?.close();
    };
  }, [videoId, store]);
  if (store.value === null) return <p role="status">{words().loading}</p>;
  if (!store.value.loaded.value) return <Failed store={store.value} />;
  return <Captions store={store.value} />;
}

function Failed({ store }: { store: CaptionsStore }) {
  return (
    <div role="alert">
      <p>{sentenceOf(store.problem.value)}</p>
      <Button onClick={() => void store.load()}>{words().again}</Button>
    </div>
  );
}

function Captions({ store }: { store: CaptionsStore }) {
  const actions = useSignal(new Actions(store)).value;
  const dialog = useSignal<DialogName | null>(null);
  useCaptionKeys(store, actions, dialog);
  useEffect(() => {
    // Another page of the console may lead to a caption.
    const wanted = Number(query.peek().get("caption"));
    if (store.captions.peek().has(wanted)) store.select(wanted);
    focusList();
  }, [store]);
  // The captions may be found while the view is open.
  useSignalEffect(() => {
    if (store.unread.value) void actions.readFirst();
  });
  const close = () => {
    dialog.value = null;
    focusList();
  };
  return (
    <div class={style.view}>
      <h1 class="visually-hidden">{words().title}</h1>
      <div class={style.bars}>
        <TogetherBar
          videoId={store.videoId}
          view="captions"
          captionId={store.selected.value}
          working={store.outbox.pending.value.length > 0}
          onGo={(id) => store.select(id)}
        />
        <Bar store={store} actions={actions} dialog={dialog} />
      </div>
      <CaptionRows store={store} />
      <Editor store={store} actions={actions} />
      {(dialog.value === "replace" || dialog.value === "convert") && (
        <ProposalsDialog store={store} kind={dialog.value} onClose={close} />
      )}
      {dialog.value === "checks" && <ChecksDialog store={store} onClose={close} />}
    </div>
  );
}
