import type { ComponentChildren } from "preact";
import { connection } from "../api/events";
import { keysShown } from "../app/keys";
import { LANGUAGES, type Language, language } from "../app/language";
import { openVideo, path } from "../app/router";
import { signedIn, signOut } from "../app/session";
import { THEMES, theme } from "../app/theme";
import { words } from "../app/words";
import { Button } from "../parts/button";
import { Link } from "../parts/link";
import { Menu } from "../parts/menu";
import { VIDEO_VIEWS } from "./routes";
import style from "./shell.module.css";

/** The frame around every view: its header, and whether there is a connection. */
export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class={style.skip} href="#content">
        {words().skip}
      </a>
      <header class={style.header}>
        <nav class={style.nav} aria-label={words().product}>
          <Link to="/videos" class={style.brand}>
            {words().product}
          </Link>
          <PageLink to="/videos" name={words().videos} />
          {signedIn.value?.operator && <PageLink to="/operate" name={words().operate} />}
        </nav>
        <VideoPages />
        <Tools />
      </header>
      {connection.value === "offline" && (
        <p class={style.offline} role="status">
          {words().offline}
        </p>
      )}
      <main id="content" class={style.main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function PageLink({ to, name }: { to: string; name: string }) {
  const here = path.value === to;
  return (
    <Link to={to} class={style.page} aria-current={here ? "page" : undefined}>
      {name}
    </Link>
  );
}

function VideoPages() {
  const video = openVideo.value;
  if (video === null) return null;
  return (
    <nav class={style.nav} aria-label={words().videoPages}>
      {VIDEO_VIEWS.map((view) => (
        <PageLink key={view} to={`/videos/${video}/${view}`} name={words()[view]} />
      ))}
    </nav>
  );
}

function Tools() {
  const themeNames = { system: words().themeSystem, light: words().themeLight, dark: words().themeDark };
  const user = signedIn.value;
  return (
    <div class={style.tools}>
      <Button
        look="quiet"
        aria-label={words().keys}
        title={`${words().keys} (?)`}
        onClick={() => {
          keysShown.value = true;
        }}
      >
        ⌨
      </Button>
      <Menu
        label={words().theme}
        items={THEMES.map((name) => ({
          label: themeNames[name],
          chosen: theme.value === name,
          run: () => {
            theme.value = name;
          },
        }))}
      >
        ◐
      </Menu>
      <Menu
        label={words().language}
        items={Object.entries(LANGUAGES).map(([name, label]) => ({
          label,
          chosen: language.value === name,
          run: () => {
            language.value = name as Language;
          },
        }))}
      >
        文
      </Menu>
      {user !== null && (
        <Menu
          label={words().account}
          items={[
            { label: user.email ?? user.userId.slice(0, 8), run: () => {}, disabled: true },
            { label: words().role(user.role), run: () => {}, disabled: true },
            { label: words().signOut, run: signOut },
          ]}
        >
          ☰
        </Menu>
      )}
    </div>
  );
}
