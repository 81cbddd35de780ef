import { useEffect, useState } from "preact/hooks";
import { answer, api, type Schemas } from "../../api/client";
import { sentenceOf } from "../../api/problems";
import { toast } from "../../app/toasts";
import { words as shellWords } from "../../app/words";
import { inUnit, type LimitName, limitName } from "../../messages/limits";
import { amount } from "../../messages/numbers";
import { Button } from "../../parts/button";
import { Dialog } from "../../parts/dialog";
import { entered, LIMIT_NAMES, type LimitView, share, type Typed, typedAll } from "../model/limits";
import style from "../operate.module.css";
import { words } from "../words";

interface LimitsDialogProps {
  tenantId: string;
  name: string;
  onClose: () => void;
}

/** What a tenant uses of its limits, with its own limits to change. */
export function LimitsDialog({ tenantId, name, onClose }: LimitsDialogProps) {
  const { view, fields, setFields, failure, save } = useLimits(tenantId);
  const wrong = fields === null ? [] : entered(fields).wrong;
  return (
    <Dialog
      wide
      title={words().limitsOf(name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{shellWords().close}</Button>
          <Button look="main" disabled={fields === null || wrong.length > 0} onClick={() => void save()}>
            {words().save}
          </Button>
        </>
      }
    >
      <p>{words().limitsHow}</p>
      {failure !== null && (
        <p class={style.bad} role="alert">
          {failure}
        </p>
      )}
      {view !== null &&
        fields !== null &&
        LIMIT_NAMES.map((limit) => (
          <Limit
            key={limit}
            limit={view.limits.find((each) => each.name === limit) ?? null}
            name={limit}
            text={fields[limit]}
            isWrong={wrong.includes(limit)}
            onInput={(text) => setFields({ ...fields, [limit]: text })}
          />
        ))}
    </Dialog>
  );
}

function useLimits(tenantId: string) {
  const [view, setView] = useState<Schemas["TenantLimitsView"] | null>(null);
  const [fields, setFields] = useState<Typed | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const path = { tenant_id: tenantId };
  const show = (found: Schemas["TenantLimitsView"]) => {
    setView(found);
    setFields(typedAll(found.overrides));
    setFailure(null);
  };
  const fail = (error: unknown) => setFailure(sentenceOf(error));
  useEffect(() => {
    answer(api.GET("/operators/tenants/{tenant_id}/limits", { params: { path } })).then(show, fail);
  }, [tenantId]);
  const save = async () => {
    if (fields === null) return;
    const body = entered(fields).limits;
    try {
      show(await answer(api.PUT("/operators/tenants/{tenant_id}/limits", { params: { path }, body })));
      toast({ text: words().saved, tone: "good" });
    } catch (error) {
      fail(error);
    }
  };
  return { view, fields, setFields, failure, save };
}

interface LimitProps {
  limit: LimitView | null;
  name: LimitName;
  text: string;
  isWrong: boolean;
  onInput: (text: string) => void;
}

function Limit({ limit, name, text, isWrong, onInput }: LimitProps) {
  const part = limit === null ? null : share(limit);
  return (
    <div class={style.limit}>
      <label class={style.field}>
        {limitName(name)}
        <input
          type="text"
          inputMode="decimal"
          value={text}
          placeholder={limit?.allowed == null ? words().noLimit : amount(inUnit(name, limit.allowed))}
          aria-invalid={isWrong}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {isWrong && <span class={style.badText}>{words().notANumber}</span>}
      </label>
      {limit !== null && (
        <div>
          <progress
            class={style.use}
            data-full={part !== null && part >= 0.9}
            value={part ?? 0}
            max={1}
            aria-hidden="true"
          />
          <p class={style.quiet}>{useOf(limit)}</p>
        </div>
      )}
    </div>
  );
}

function useOf(limit: LimitView): string {
  const shown = (value: number) => amount(inUnit(limit.name, value));
  const parts = [
    limit.allowed === null
      ? words().usedOnly(shown(limit.used))
      : words().used(shown(limit.used), shown(limit.allowed)),
    limit.reserved > 0 ? words().reserved(shown(limit.reserved)) : null,
    limit.forecast === null ? null : words().expected(shown(limit.forecast)),
  ];
  return parts.filter(Boolean).join(" · ");
}
