import type { ComponentChildren, JSX, Ref } from "preact";
import style from "./button.module.css";
import { classes } from "./classes";

export interface ButtonProps extends Omit<JSX.HTMLAttributes<HTMLButtonElement>, "ref" | "className"> {
  children: ComponentChildren;
  /** "main" for the one thing to do next, "quiet" inside rows and bars, "danger" for what destroys. */
  look?: "plain" | "main" | "quiet" | "danger";
  type?: "button" | "submit";
  disabled?: boolean;
  class?: string;
  buttonRef?: Ref<HTMLButtonElement>;
}

export function Button({ look = "plain", type = "button", class: more, buttonRef, children, ...rest }: ButtonProps) {
  return (
    <button ref={buttonRef ?? null} type={type} class={classes(style.button, style[look], more)} {...rest}>
      {children}
    </button>
  );
}
