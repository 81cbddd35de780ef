import { language } from "../app/language";
import { type SignedIn, signOut } from "../app/session";
import { words } from "../app/words";
import { Menu } from "../parts/menu";
import style from "./shell.module.css";

/** Says who is signed in, as what and until when, and signs out. */
export function Account({ user }: { user: SignedIn }) {
  const name = user.name ?? user.email;
  const until = user.expiresAt.toLocaleTimeString(language.value, { timeStyle: "short" });
  const facts = [
    name === null ? words().signedIn : words().signedInAs(name),
    ...(user.name !== null && user.email !== null ? [user.email] : []),
    words().role(words()[user.role]),
    ...(user.operator ? [words().operator] : []),
    words().until(until),
  ];
  return (
    <Menu
      label={name === null ? words().account : words().accountOf(name)}
      items={[
        ...facts.map((label) => ({ label, run: () => {}, disabled: true })),
        { label: words().signOut, run: signOut },
      ]}
    >
      {name !== null && <span class={style.who}>{name}</span>} ☰
    </Menu>
  );
}
