import type { JSX } from "preact";
import { BASE, navigate } from "../app/router";

export interface LinkProps extends Omit<JSX.HTMLAttributes<HTMLAnchorElement>, "href"> {
  /** An address inside the console, such as `/videos`. */
  to: string;
}

/** A link to another page of the console; with Ctrl or the middle button, the browser opens a tab as usual. */
export function Link({ to, ...rest }: LinkProps) {
  const go = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a href={BASE + to} onClick={go} {...rest} />;
}
