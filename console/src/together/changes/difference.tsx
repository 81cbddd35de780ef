import style from "../together.module.css";
import { difference } from "./text-difference";

/** A text with what changed in it: removed runs struck through, added ones underlined. */
export function Difference({ before, after }: { before: string; after: string }) {
  return (
    <span class={style.text}>
      {difference(before, after).map((run, index) => {
        const key = `${index}${run.kind}`;
        if (run.kind === "removed") return <del key={key}>{run.text}</del>;
        if (run.kind === "added") return <ins key={key}>{run.text}</ins>;
        return <span key={key}>{run.text}</span>;
      })}
    </span>
  );
}
