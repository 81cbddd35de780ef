import { useState } from "preact/hooks";
import style from "../export.module.css";
import { applies, offsetOf } from "../model/options";
import type { Exporting } from "../state";
import { words } from "../words";

/** The options that change a file of the chosen format. */
export function OptionForm({ exporting }: { exporting: Exporting }) {
  const { format, options } = exporting.choice.value;
  const said = words();
  const switches = [
    ["confirmed", said.confirmed],
    ["dropEmpty", said.dropEmpty],
    ["gaps", said.gaps],
    ["bom", said.bom],
    ["crlf", said.crlf],
  ] as const;
  const trackCount = exporting.video.value?.tracks.length ?? 0;
  return (
    <fieldset class={style.group}>
      <legend>{said.options}</legend>
      {switches
        .filter(([name]) => applies(name, format))
        .map(([name, label]) => (
          <label key={name} class={style.switch}>
            <input
              type="checkbox"
              checked={options[name]}
              onChange={(event) => exporting.choose(format, { [name]: event.currentTarget.checked })}
            />
            {label}
          </label>
        ))}
      {trackCount > 1 && (
        <label class={style.field}>
          {said.track}
          <select
            value={options.track ?? ""}
            onChange={(event) => exporting.choose(format, { track: Number(event.currentTarget.value) || null })}
          >
            <option value="">{format === "truth.json" ? said.firstTrack : said.allTracks}</option>
            {Array.from({ length: trackCount }, (_, index) => index + 1).map((number) => (
              <option key={number} value={number}>
                {said.trackNumber(number)}
              </option>
            ))}
          </select>
        </label>
      )}
      {applies("offset", format) && <Offset exporting={exporting} />}
    </fieldset>
  );
}

function Offset({ exporting }: { exporting: Exporting }) {
  const { format, options } = exporting.choice.value;
  const [text, setText] = useState(options.offset === 0 ? "" : String(options.offset));
  const isWrong = offsetOf(text) === null;
  const type = (next: string) => {
    setText(next);
    const offset = offsetOf(next);
    if (offset !== null) exporting.choose(format, { offset });
  };
  return (
    <label class={style.field}>
      {words().offset}
      <input
        type="text"
        inputMode="text"
        placeholder="0"
        value={text}
        aria-invalid={isWrong}
        aria-describedby="offset-how"
        onInput={(event) => type(event.currentTarget.value)}
      />
      <span id="offset-how" class={isWrong ? style.bad : style.quiet}>
        {isWrong ? words().offsetWrong : words().offsetHow}
      </span>
    </label>
  );
}
