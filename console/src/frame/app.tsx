import { useEffect } from "preact/hooks";
import { keysShown, listenForKeys, useKeys } from "../app/keys";
import { findRoute, path } from "../app/router";
import { lookingForToken, token } from "../app/session";
import { words } from "../app/words";
import { Link } from "../parts/link";
import { openDialogs } from "../parts/open-dialogs";
import { ToastList } from "../parts/toast-list";
import { ErrorBoundary } from "./error-boundary";
import { KeysDialog } from "./keys-dialog";
import { LazyView } from "./lazy-view";
import { ROUTES } from "./routes";
import { Shell } from "./shell";
import style from "./shell.module.css";
import { SignIn } from "./sign-in";

export function App() {
  useEffect(() => listenForKeys(document), []);
  useKeys(words().everywhere, [
    {
      id: "app.keys",
      name: words().showKeys,
      keys: ["?"],
      run: () => {
        keysShown.value = true;
      },
    },
  ]);
  return (
    <>
      <Shell>
        <Page />
      </Shell>
      {openDialogs.value.length === 0 && <ToastList />}
      {keysShown.value && <KeysDialog />}
      {token.value === null && !lookingForToken.value && <SignIn />}
    </>
  );
}

// Whether anybody was signed in since the page was opened; views stay shown behind the sign-in dialog.
let everSignedIn = false;

function Page() {
  everSignedIn ||= token.value !== null;
  if (!everSignedIn) return null;
  const found = findRoute(ROUTES, path.value);
  if (found === null)
    return (
      <section class={style.note}>
        <h1>{words().notFound}</h1>
        <Link to="/videos">{words().toVideos}</Link>
      </section>
    );
  const { view } = found.route;
  const videoId = found.params.id ?? "";
  return (
    <ErrorBoundary key={`${view} ${videoId}`}>
      <LazyView view={view} videoId={videoId} />
    </ErrorBoundary>
  );
}
