import style from "../export.module.css";
import { FORMATS, type Format } from "../model/options";
import type { Exporting } from "../state";
import { words } from "../words";

function purposeOf(format: Format): string {
  const said = words();
  const purposes: Record<Format, string> = {
    srt: said.forSrt,
    vtt: said.forVtt,
    ass: said.forAss,
    ttml: said.forTtml,
    csv: said.forCsv,
    txt: said.forTxt,
    json: said.forJson,
    "truth.json": said.forTruth,
    strips: said.forStrips,
  };
  return purposes[format];
}

export function FormatList({ exporting }: { exporting: Exporting }) {
  const { format } = exporting.choice.value;
  return (
    <fieldset class={style.group}>
      <legend>{words().formats}</legend>
      {FORMATS.map((each) => (
        <label key={each} class={style.format} data-chosen={each === format}>
          <input
            type="radio"
            name="format"
            value={each}
            checked={each === format}
            onChange={() => exporting.choose(each)}
          />
          <span class={style.extension}>.{each === "strips" ? "zip" : each}</span>
          <span class={style.purpose}>{purposeOf(each)}</span>
        </label>
      ))}
    </fieldset>
  );
}
