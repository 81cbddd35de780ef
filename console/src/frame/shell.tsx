import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { connection } from "../api/events";
import { keysShown } from "../app/keys";
import { LANGUAGES, type Language, language } from "../app/language";
import { findRoute, openVideo, path } from "../app/router";
import { signedIn } from "../app/session";
import { THEMES, theme } from "../app/theme";
import { words } from "../app/words";
import { Button } from "../parts/button";
import { classes } from "../parts/classes";
import { Link } from "../parts/link";
import { Menu } from "../parts/menu";
import { Account } from "./account";
import { ROUTES, VIDEO_VIEWS } from "./routes";
import style from "./shell.module.css";
import { useVideoName } from "./video-name";

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
        <VideoName />
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
    <nav class={classes(style.nav, style.pages)} aria-label={words().videoPages}>
      {VIDEO_VIEWS.map((view) => (
        <PageLink key={view} to={`/videos/${video}/${view}`} name={words()[view]} />
      ))}
    </nav>
  );
}

/** The name of the video, also in the title of the tab: people have many tabs open. */
function VideoName() {
  const name = useVideoName();
  const view = findRoute(ROUTES, path.value)?.route.view;
  const page = view === undefined ? null : words()[view];
  useEffect(() => {
    document.title = [name, page, words().product].filter(Boolean).join(" · ");
  }, [name, page]);
  if (openVideo.value === null) return null;
  return (
    <p class={style.videoName} title={name ?? undefined}>
      {name}
    </p>
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
      {user !== null && <Account user={user} />}
    </div>
  );
}
