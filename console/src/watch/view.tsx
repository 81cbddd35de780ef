import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { sentenceOf } from "../api/problems";
import { useKeys } from "../app/keys";
import { navigate } from "../app/router";
import { toast } from "../app/toasts";
import type { Side } from "../captions/model/types";
import { CaptionsStore } from "../captions/state/store";
import { Button } from "../parts/button";
import { preciseClock } from "../parts/format";
import { useVisit } from "../together/visits";
import { Screen } from "./parts/screen";
import { Timeline } from "./parts/timeline";
import { type MoveResult, Session } from "./session";
import style from "./view.module.css";
import { words } from "./words";

/** The video with its captions over it, and its timeline. */
export function WatchView({ videoId }: { videoId: string }) {
  const session = useSignal<Session | null>(null);
  useVisit(videoId, { view: "watch" });
  useEffect(() => {
    let shown = true;
    let opened: CaptionsStore | null = null;
    void CaptionsStore.open(videoId).then((store) => {
      opened = store;
      if (shown) session.value = new Session(store);
      else store.close();
    });
    return () => {
      shown = false;
      opened?.close();
    };
  }, [videoId, session]);
  if (session.value === null) return <p role="status">{words().loading}</p>;
  const { store } = session.value;
  if (store.loaded.value) return <Watch session={session.value} />;
  return (
    <div role="alert">
      <p>{sentenceOf(store.problem.value)}</p>
      <Button onClick={() => void store.load()}>{words().again}</Button>
    </div>
  );
}

function Watch({ session }: { session: Session }) {
  const captionsShown = useSignal(true);
  useWatchKeys(session);
  const caption = session.shown.value[0];
  return (
    <div class={style.view}>
      <h1 class="visually-hidden">{words().title}</h1>
      <Screen session={session} captionsShown={captionsShown.value} />
      <Controls
        session={session}
        captionsShown={captionsShown.value}
        onShow={(shown) => (captionsShown.value = shown)}
      />
      <Timeline session={session} />
      <Missing session={session} />
      <p class={style.now}>
        {caption === undefined ? (
          <>
            {words().noCaption}
            <Button onClick={() => say(session.addHere(), words().noGap)}>{words().add}</Button>
          </>
        ) : (
          <>
            <span>{caption.text}</span>
            <Button
              look="quiet"
              onClick={() => navigate(`/videos/${session.store.videoId}/captions?caption=${caption.id}`)}
            >
              {words().openCaption}
            </Button>
          </>
        )}
      </p>
    </div>
  );
}

/** Where a caption may be missing; the strip of the timeline shows it. */
function Missing({ session }: { session: Session }) {
  const known = session.store.presence.levels.value.size > 0;
  const count = session.missing.value.length;
  // The line keeps its place until the levels are there.
  return (
    <p class={style.missing}>
      {known && words().missing(count)}
      {known && count > 0 && (
        <Button look="quiet" onClick={() => session.goToMissing()}>
          {words().nextMissing}
        </Button>
      )}
    </p>
  );
}

interface ControlsProps {
  session: Session;
  captionsShown: boolean;
  onShow: (shown: boolean) => void;
}

function Controls({ session, captionsShown, onShow }: ControlsProps) {
  const said = words();
  const { playhead, store } = session;
  const looping = playhead.loop.value !== null;
  const saving = store.outbox.state.value;
  return (
    <div class={style.controls}>
      <Button
        look="main"
        aria-label={said.play}
        aria-pressed={playhead.playing.value}
        onClick={() => playhead.toggle()}
      >
        {playhead.playing.value ? "❚❚" : "▶"}
      </Button>
      <Button aria-label={said.previous} title={said.previous} onClick={() => session.step(-1)}>
        ❚◀
      </Button>
      <Button aria-label={said.next} title={said.next} onClick={() => session.step(1)}>
        ▶❚
      </Button>
      <Button aria-pressed={looping} onClick={() => session.toggleLoop()}>
        {looping ? said.looping : said.loop}
      </Button>
      <output class={style.time}>
        {preciseClock(playhead.seconds.value)} / {preciseClock(session.extent.value.end)}
      </output>
      <label class={style.box}>
        <input type="checkbox" checked={captionsShown} onChange={() => onShow(!captionsShown)} />
        {said.showCaptions}
      </label>
      <span class={style.zoom}>
        <Button aria-label={said.zoomOut} title={said.zoomOut} onClick={() => session.zoom(2)}>
          −
        </Button>
        <Button aria-label={said.zoomIn} title={said.zoomIn} onClick={() => session.zoom(0.5)}>
          +
        </Button>
        <Button onClick={() => session.showAll()}>{said.zoomAll}</Button>
      </span>
      <span role="status" class={style.saving} data-saving={saving}>
        {store.outbox.conflicts.value.length > 0 ? said.conflicts : said[saving]}
      </span>
    </div>
  );
}

/** Say why an edit was not made. */
function say(result: MoveResult, impossible = words().cannotMove): void {
  if (result === "not allowed") toast({ text: words().readOnly });
  else if (result === "impossible") toast({ text: impossible });
}

function useWatchKeys(session: Session): void {
  const said = words();
  const { playhead } = session;
  const by = (seconds: number) => () => session.goTo(playhead.seconds.value + seconds);
  const undo = () => {
    session.store.undo().catch((error) => toast({ text: sentenceOf(error), tone: "bad" }));
  };
  const moveEnd = (side: Side) => () => void session.moveEndHere(side).then((result) => say(result));
  useKeys(said.title, [
    { id: "watch.play", name: said.play, keys: ["Space"], run: () => playhead.toggle() },
    { id: "watch.next", name: said.next, keys: ["J", "ArrowDown"], run: () => session.step(1) },
    { id: "watch.previous", name: said.previous, keys: ["K", "ArrowUp"], run: () => session.step(-1) },
    { id: "watch.loop", name: said.loop, keys: ["L"], run: () => session.toggleLoop() },
    { id: "watch.back", name: said.back, keys: ["ArrowLeft"], run: by(-1) },
    { id: "watch.forward", name: said.forward, keys: ["ArrowRight"], run: by(1) },
    { id: "watch.frame-back", name: said.frameBack, keys: [",", "Shift+ArrowLeft"], run: by(-0.1) },
    { id: "watch.frame-forward", name: said.frameForward, keys: [".", "Shift+ArrowRight"], run: by(0.1) },
    { id: "watch.start-here", name: said.startHere, keys: ["["], run: moveEnd("start") },
    { id: "watch.end-here", name: said.endHere, keys: ["]"], run: moveEnd("end") },
    { id: "watch.add", name: said.add, keys: ["A"], run: () => say(session.addHere(), said.noGap) },
    { id: "watch.missing", name: said.nextMissing, keys: ["G"], run: () => session.goToMissing() },
    { id: "watch.zoom-in", name: said.zoomIn, keys: ["+", "="], run: () => session.zoom(0.5) },
    { id: "watch.zoom-out", name: said.zoomOut, keys: ["-"], run: () => session.zoom(2) },
    { id: "watch.zoom-all", name: said.zoomAll, keys: ["0"], run: () => session.showAll() },
    { id: "watch.undo", name: said.undo, keys: ["Mod+Z"], run: undo },
  ]);
}
