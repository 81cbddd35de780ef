import { dismissToast, toasts } from "../app/toasts";
import { words } from "../app/words";
import { Button } from "./button";
import { classes } from "./classes";
import style from "./toast-list.module.css";

export function ToastList() {
  return (
    <section class={style.list} aria-label={words().messages} aria-live="polite">
      {toasts.value.map((shown) => (
        <div key={shown.id} class={classes(style.toast, shown.tone && style[shown.tone])}>
          <p>{shown.text}</p>
          {shown.action !== undefined && (
            <Button
              onClick={() => {
                dismissToast(shown.id);
                shown.action?.run();
              }}
            >
              {shown.action.label}
            </Button>
          )}
          <Button look="quiet" aria-label={words().dismiss} onClick={() => dismissToast(shown.id)}>
            ✕
          </Button>
        </div>
      ))}
    </section>
  );
}
