import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, type ButtonProps } from "./button";
import { classes } from "./classes";
import style from "./menu.module.css";

export interface MenuItem {
  label: string;
  run: () => void;
  /** Marks the present choice of a menu that chooses. */
  chosen?: boolean;
  danger?: boolean;
  disabled?: boolean;
}

export interface MenuProps {
  /** The name of the button for screen readers. */
  label: string;
  children: ComponentChildren;
  items: MenuItem[];
  look?: ButtonProps["look"];
}

/** A button that opens a list of actions. Arrows, Home and End move in it; Escape closes it. */
export function Menu({ label, children, items, look = "quiet" }: MenuProps) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!open) return;
    entries(frame.current)[0]?.focus();
    const away = (event: Event) => {
      if (!frame.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const all = entries(frame.current);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    if (event.key === "Tab") return setOpen(false);
    if (event.key === "Escape") close();
    else if (event.key in to) all.at((to[event.key] ?? 0) % all.length)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={frame} class={style.frame}>
      <Button
        buttonRef={button}
        look={look}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {children}
      </Button>
      {open && (
        <div class={style.list} role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKeyDown}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              {...roleOf(item)}
              class={classes(style.item, item.danger && style.danger)}
              disabled={item.disabled}
              tabIndex={-1}
              onClick={() => {
                close();
                item.run();
              }}
            >
              {item.label}
              {item.chosen && <span aria-hidden="true">✓</span>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function roleOf(item: MenuItem) {
  return item.chosen === undefined
    ? ({ role: "menuitem" } as const)
    : ({ role: "menuitemradio", "aria-checked": item.chosen } as const);
}

function entries(frame: HTMLElement | null): HTMLElement[] {
  return [...(frame?.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled)") ?? [])];
}
