import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../parts/button";
import { preciseClock } from "../../parts/format";
import { findingsOf } from "../model/checks";
import { neighbours } from "../model/rows";
import type { Caption, TextStatus } from "../model/types";
import type { Actions } from "../state/actions";
import type { CaptionsStore } from "../state/store";
import { words } from "../words";
import { ConflictPanel } from "./conflict-panel";
import { findingSentence } from "./doubt-words";
import style from "./editor.module.css";
import { Player } from "./player";
import { Strip } from "./strip";

const STATUSES: TextStatus[] = ["valid_caption", "ocr_error", "partial_caption", "text_unclear", "other_issue"];

export interface EditorProps {
  store: CaptionsStore;
  actions: Actions;
}

/** The selected caption: its text, the pictures that prove its ends, and what can be done to it. */
export function Editor({ store, actions }: EditorProps) {
  const caption = store.current.value;
  return (
    <section class={style.editor} aria-label={words().text}>
      <ConflictPanel store={store} />
      {caption !== null && (
        <>
          <TextField key={store.outbox.firstId(caption.id)} store={store} actions={actions} caption={caption} />
          <Tools actions={actions} caption={caption} />
          <Strip store={store} actions={actions} caption={caption} />
          <Player store={store} actions={actions} caption={caption} />
          <Details store={store} actions={actions} caption={caption} />
        </>
      )}
    </section>
  );
}

interface CaptionProps extends EditorProps {
  caption: Caption;
}

function TextField({ store, actions, caption }: CaptionProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  /** What is typed, with the version of the caption when the typing began; null: nothing is. */
  const draft = useSignal<{ text: string; version: number; before: string } | null>(null);
  const current = useRef(caption);
  current.current = caption;

  useEffect(() => {
    const commit = () => {
      const typed = draft.value;
      if (typed === null) return;
      draft.value = null;
      const { text, version } = current.current;
      // A newer version with the same text, such as that of a moved end, is no reason to ask the person.
      actions.setText(current.current, typed.text, typed.before === (text ?? "") ? version : typed.version);
    };
    const hidden = () => document.visibilityState === "hidden" && commit();
    actions.commitText = commit;
    if (actions.typesNext) field.current?.focus();
    actions.typesNext = false;
    // A page that is closed keeps what is typed: the outbox stores it.
    document.addEventListener("visibilitychange", hidden);
    addEventListener("pagehide", commit);
    return () => {
      commit();
      actions.commitText = () => {};
      document.removeEventListener("visibilitychange", hidden);
      removeEventListener("pagehide", commit);
    };
  }, [actions, draft]);

  const text = caption.text ?? "";
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      draft.value = null;
      focusList();
    } else if (event.key === "Enter" && !event.shiftKey) {
      actions.confirmAndGoOn();
      focusList();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const typed = draft.value;
  return (
    <div class={style.field}>
      <label class={style.label} for="caption-text">
        {words().text}
        <span class={style.time}>
          {preciseClock(caption.start_seconds)} – {preciseClock(caption.end_seconds)}
        </span>
      </label>
      <textarea
        id="caption-text"
        ref={field}
        class={style.text}
        rows={2}
        maxLength={20000}
        dir="auto"
        value={typed?.text ?? text}
        onInput={(event) => {
          const { value } = event.currentTarget;
          draft.value = { text: value, version: typed?.version ?? caption.version, before: typed?.before ?? text };
        }}
        onSelect={(event) => {
          actions.cursor = { caption: caption.id, at: event.currentTarget.selectionStart };
        }}
        onBlur={() => actions.commitText()}
        onKeyDown={onKeyDown}
      />
      {typed !== null && typed.before !== text && (
        <p class={style.note} role="status">
          {words().changedMeanwhile} <q>{text}</q>
        </p>
      )}
      {caption.caption_ocr !== null && caption.caption_ocr !== (typed?.text ?? text) && (
        <p class={style.ocr}>
          {words().ocrRead(caption.caption_ocr)}
          <Button look="quiet" onClick={actions.takeOcr}>
            {words().takeOcr}
          </Button>
        </p>
      )}
      <Findings store={store} caption={caption} />
    </div>
  );
}

/** Give the keys back to the list. */
export function focusList(): void {
  document.querySelector<HTMLElement>("[data-captions-list]")?.focus({ preventScroll: true });
}

function Findings({ store, caption }: { store: CaptionsStore; caption: Caption }) {
  const findings = findingsOf(caption, neighbours(store.captions.value, caption).before);
  if (findings.length === 0) return null;
  return (
    <ul class={style.findings}>
      {findings.map((finding) => (
        <li key={finding.kind}>{findingSentence(finding)}</li>
      ))}
    </ul>
  );
}

function Tools({ actions, caption }: { actions: Actions; caption: Caption }) {
  return (
    <div class={style.tools}>
      <Button look="main" onClick={actions.confirmAndGoOn}>
        {words().confirm}
      </Button>
      {caption.state === "confirmed" && <Button onClick={actions.unconfirm}>{words().unconfirm}</Button>}
      <Button onClick={actions.split}>{words().split}</Button>
      <Button onClick={() => actions.merge("after")}>{words().merge}</Button>
      <Button onClick={() => void actions.addBeside("after")}>{words().add}</Button>
      <Button onClick={() => void actions.readAgain()}>{words().readAgain}</Button>
      <Button look="danger" onClick={actions.remove}>
        {words().remove}
      </Button>
    </div>
  );
}

function Details({ actions, caption }: CaptionProps) {
  return (
    <div class={style.details}>
      <label>
        {words().judgement}
        <select
          value={caption.text_status ?? ""}
          onChange={(event) => {
            const { value } = event.currentTarget;
            actions.judge(STATUSES.find((status) => status === value) ?? null);
          }}
        >
          <option value="">{words().notJudged}</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {words()[status]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words().notes}
        <input
          key={caption.id}
          maxLength={20000}
          value={caption.text_notes ?? ""}
          onChange={(event) => actions.setNotes(event.currentTarget.value)}
        />
      </label>
    </div>
  );
}
