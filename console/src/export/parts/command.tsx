import style from "../export.module.css";
import { commandOf } from "../model/options";
import type { Exporting } from "../state";
import { words } from "../words";

/** The command that makes the same file, for people who do this often. */
export function Command({ exporting }: { exporting: Exporting }) {
  const { format, options } = exporting.choice.value;
  return (
    <details class={style.command}>
      <summary>{words().command}</summary>
      <code>{commandOf(exporting.videoId, format, options)}</code>
    </details>
  );
}
