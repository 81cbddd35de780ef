import { useEffect } from "preact/hooks";
import { Link } from "../parts/link";
import { ErrorBoundary } from "./error-boundary";
import { keysShown, listenForKeys, useKeys } from "./keys";
import { KeysDialog } from "./keys-dialog";
import { LazyView } from "./lazy-view";
import { findRoute, path } from "./router";
import { ROUTES } from "./routes";
import { lookingForToken, token } from "./session";
import { Shell } from "./shell";
import style from "./shell.module.css";
import { SignIn } from "./sign-in";
import { ToastList } from "./toast-list";
import { words } from "./words";

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
      <ToastList />
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
