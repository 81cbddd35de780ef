import { useState } from "preact/hooks";
import { answer, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problems";
import { toast } from "../../app/toasts";
import { moment } from "../../messages/numbers";
import { Button } from "../../parts/button";
import { Reason } from "../dialogs/priority-dialog";
import {
  boundsOf,
  differences,
  POLICY_FIELDS,
  type Policy,
  type PolicyField,
  type PolicyText,
  policyOf,
  textOf,
  wrongFields,
} from "../model/policy";
import { policyName, shortId } from "../names";
import style from "../operate.module.css";
import { words } from "../words";
import { useLoading } from "./loading";
import { Section } from "./section";

/** The policy that puts waiting jobs in order, to be changed, with the changes before. */
export function PolicySection() {
  const loading = useLoading(() => answer(api.GET("/operators/policy")));
  const view = loading.value;
  return (
    <Section title={words().policy} loading={loading}>
      <p>{words().policyHow}</p>
      {view !== null && view.policy === null && <p class={style.note}>{words().noPolicy}</p>}
      {view !== null && view.jobs_to_score > 0 && <p role="status">{words().toScore(view.jobs_to_score)}</p>}
      {view !== null && view.policy !== null && (
        // Another policy, whoever set it, begins with its own fields.
        <PolicyForm key={JSON.stringify(view.policy)} policy={view.policy} onSet={loading.reload} />
      )}
      {view !== null && view.past.length > 0 && <Past past={view.past} />}
    </Section>
  );
}

function PolicyForm({ policy, onSet }: { policy: Policy; onSet: () => Promise<void> }) {
  const [text, setText] = useState<PolicyText>(() => textOf(policy));
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const wrong = wrongFields(text);
  const changes = wrong.length > 0 ? [] : differences(policy, policyOf(text));
  const set = async () => {
    try {
      await answer(api.PUT("/operators/policy", { body: { policy: policyOf(text), reason } }));
      toast({ text: words().policySet, tone: "good" });
      await onSet();
    } catch (error) {
      setFailure(sentenceOf(error));
    }
  };
  return (
    <form
      class={style.form}
      onSubmit={(event) => {
        event.preventDefault();
        void set();
      }}
    >
      <div class={style.fields}>
        {POLICY_FIELDS.map((field) => (
          <Field
            key={field}
            field={field}
            text={text[field]}
            isWrong={wrong.includes(field)}
            onInput={(next) => setText({ ...text, [field]: next })}
          />
        ))}
      </div>
      {changes.length > 0 && (
        <>
          <ul>
            {changes.map(({ field, from, to }) => (
              <li key={field}>{words().policyChange(policyName(field), from, to)}</li>
            ))}
          </ul>
          <Reason value={reason} onChange={setReason} />
        </>
      )}
      {failure !== null && (
        <p class={style.bad} role="alert">
          {failure}
        </p>
      )}
      <Button type="submit" look="main" disabled={changes.length === 0}>
        {words().setPolicy}
      </Button>
    </form>
  );
}

interface FieldProps {
  field: PolicyField;
  text: string;
  isWrong: boolean;
  onInput: (text: string) => void;
}

function Field({ field, text, isWrong, onInput }: FieldProps) {
  const { least, most } = boundsOf(field);
  return (
    <label class={style.field}>
      {policyName(field)}
      <input
        type="text"
        inputMode="decimal"
        value={text}
        aria-invalid={isWrong}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {isWrong && <span class={style.badText}>{words().between(least, most)}</span>}
    </label>
  );
}

function Past({ past }: { past: readonly Schemas["PastPolicy"][] }) {
  return (
    <details>
      <summary>{words().past}</summary>
      <ol class={style.past}>
        {past.map((each) => (
          <li key={each.number}>{words().pastEntry(moment(each.set_at), shortId(each.set_by), each.reason)}</li>
        ))}
      </ol>
    </details>
  );
}
