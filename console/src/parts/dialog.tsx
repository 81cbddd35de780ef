import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { words } from "../app/words";
import { Button } from "./button";
import style from "./dialog.module.css";
import { noteOpen, openDialogs } from "./open-dialogs";
import { ToastList } from "./toast-list";

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons below the content. */
  actions?: ComponentChildren;
  wide?: boolean;
  /** Whether the person may leave without an answer. */
  closable?: boolean;
}

/**
 * A dialog over the page, with the messages: what lies below an open dialog can be neither clicked nor read.
 *
 * The browser keeps the focus inside and gives it back; Escape closes.
 */
export function Dialog({ title, onClose, children, actions, wide = false, closable = true }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    const noteEnd = noteOpen(heading);
    return () => {
      noteEnd();
      shown?.close();
    };
  }, []);
  const close = (event: Event) => {
    event.preventDefault();
    if (closable) onClose();
  };
  // Chrome closes a dialog on a second Escape without asking by a `cancel` event.
  const closed = () => {
    if (dialog.current === null || dialog.current.open) return;
    if (closable) onClose();
    else dialog.current.showModal();
  };
  return (
    <dialog
      ref={dialog}
      class={wide ? style.wide : style.dialog}
      aria-labelledby={heading}
      onCancel={close}
      onClose={closed}
    >
      <header class={style.header}>
        <h2 id={heading}>{title}</h2>
        {closable && (
          <Button look="quiet" aria-label={words().close} onClick={close}>
            ✕
          </Button>
        )}
      </header>
      <div class={style.content}>{children}</div>
      {actions !== undefined && <footer class={style.actions}>{actions}</footer>}
      {openDialogs.value.at(-1) === heading && <ToastList />}
    </dialog>
  );
}
