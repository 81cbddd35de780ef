import { Button } from "../parts/button";
import { classes } from "../parts/classes";
import style from "./toast-list.module.css";
import { dismissToast, toasts } from "./toasts";
import { words } from "./words";

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
