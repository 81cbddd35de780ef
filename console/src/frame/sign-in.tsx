import { useState } from "preact/hooks";
import { linkProblem, signIn } from "../app/session";
import { words } from "../app/words";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import style from "./shell.module.css";

/** Asks for a token. It lies over the view, which stays as it is. */
export function SignIn() {
  const [text, setText] = useState("");
  const [refused, setRefused] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    setRefused(!signIn(text));
  };
  return (
    <Dialog title={words().signInTitle} closable={false} onClose={() => {}}>
      <p>{words().signInHow}</p>
      {linkProblem.value !== null && (
        <p class={style.bad} role="alert">
          {words().linkFailed}
        </p>
      )}
      <form class={style.form} onSubmit={submit}>
        <label for="token">{words().signInToken}</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {refused && (
          <p class={style.bad} role="alert">
            {words().notAToken}
          </p>
        )}
        <Button type="submit" look="main">
          {words().signIn}
        </Button>
      </form>
    </Dialog>
  );
}
