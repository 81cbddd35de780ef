import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { sentenceOf } from "../api/problems";
import { language } from "../app/language";
import { navigate } from "../app/router";
import { hasRole } from "../app/session";
import { toast } from "../app/toasts";
import { errorSentence } from "../messages/errors";
import { minute } from "../messages/numbers";
import { waitingSentence } from "../messages/waiting";
import { classes } from "../parts/classes";
import { bytes, clock } from "../parts/format";
import { Link } from "../parts/link";
import { Menu, type MenuItem } from "../parts/menu";
import { Progress } from "../parts/progress";
import { useSeen } from "../parts/use-seen";
import { progressOf } from "../parts/video-progress";
import { VideoStanding } from "../together/video-standing";
import { deleteSoon, leaving } from "./deletion";
import { details, progress, readDetail } from "./list";
import { RenameDialog } from "./rename-dialog";
import { costOf, inWork, nextPage, type Stage, stageOf, type Video } from "./stages";
import style from "./videos.module.css";
import { words } from "./words";

export function VideoRow({ video }: { video: Video }) {
  const [renaming, setRenaming] = useState(false);
  const stage = stageOf(video);
  const row = useSeen<HTMLLIElement>(() => readDetail(video.id), [video.id, stage]);
  const goes = useComputed(() => leaving.value.has(video.id)).value;
  return (
    <li ref={row} class={classes(style.row, goes && style.leaving)}>
      <div class={style.what}>
        <Link to={`/videos/${video.id}/${nextPage(video)}`} class={style.name}>
          {video.display_name}
        </Link>
        <Facts video={video} />
        <VideoStanding video={video} />
      </div>
      <div class={style.state}>
        <Badge video={video} stage={stage} goes={goes} />
        <Explanation video={video} stage={stage} />
      </div>
      {hasRole("annotator") && (
        <Menu label={words().actionsOf(video.display_name)} items={actions(video, stage, () => setRenaming(true))}>
          ⋯
        </Menu>
      )}
      {renaming && <RenameDialog video={video} onClose={() => setRenaming(false)} />}
    </li>
  );
}

/** Says where the video stands; when it is a person's turn, it leads to what the person does. */
function Badge({ video, stage, goes }: { video: Video; stage: Stage; goes: boolean }) {
  const look = classes(style.badge, style[stage]);
  if (goes || (stage !== "place" && stage !== "check"))
    return <span class={look}>{goes ? words().leaving : words()[stage]}</span>;
  return (
    <Link to={`/videos/${video.id}/${nextPage(video)}`} class={look}>
      {words()[stage]} →
    </Link>
  );
}

function Facts({ video }: { video: Video }) {
  const detail = useComputed(() => details.value.get(video.id)).value;
  const cost = detail === undefined ? 0 : costOf(detail);
  const facts = [minute(video.uploaded_at)];
  if (video.duration_seconds !== null) facts.unshift(clock(video.duration_seconds));
  if (video.size_bytes !== null) facts.push(bytes(video.size_bytes));
  if (cost >= LEAST_USD) facts.push(words().cost(dollars(cost)));
  return <p class={style.facts}>{facts.join(" · ")}</p>;
}

function Explanation({ video, stage }: { video: Video; stage: Stage }) {
  if (stage === "failed" && video.error !== null) return <p class={style.error}>{errorSentence(video.error)}</p>;
  if (stage === "waiting" || (stage === "finding" && video.caption_status === "queued"))
    return <Waiting video={video} />;
  if (stage === "reading" || stage === "finding") return <Step video={video} />;
  return null;
}

function Waiting({ video }: { video: Video }) {
  const waiting = useComputed(() => details.value.get(video.id)?.waiting).value;
  if (!waiting) return null;
  const text =
    waiting.reason === "place" && waiting.place !== null
      ? words().queuePlace(waiting.place, waiting.place_in_tenant)
      : waitingSentence(waiting);
  return <p class={style.facts}>{text}</p>;
}

function Step({ video }: { video: Video }) {
  const live = useComputed(() => progress.value.get(video.id)).value;
  const now = live ?? progressOf(video);
  const total = now?.total ?? 0;
  const parts: string[] = [];
  if (now !== null && total > 0) parts.push(words().step(Math.floor((100 * now.done) / total)));
  if (live !== undefined && live.secondsLeft !== null) parts.push(words().left(clock(live.secondsLeft)));
  return (
    <>
      <Progress label={words().stepProgress(video.display_name)} done={now?.done ?? 0} total={total} />
      <p class={style.facts}>{parts.join(" · ")}</p>
    </>
  );
}

function actions(video: Video, stage: Stage, rename: () => void): MenuItem[] {
  const items: MenuItem[] = [];
  if (stage === "check") {
    items.push({ label: words().watch, run: () => navigate(`/videos/${video.id}/watch`) });
    items.push({ label: words().export, run: () => navigate(`/videos/${video.id}/export`) });
  }
  items.push({ label: words().rename, run: rename });
  if (stage === "failed") items.push({ label: words().retry, run: () => void retry(video) });
  if (inWork(stage)) items.push({ label: words().cancelWork, run: () => void cancel(video) });
  items.push({ label: words().delete, danger: true, run: () => deleteSoon(video) });
  return items;
}

async function retry(video: Video): Promise<void> {
  await told(
    answer(api.POST("/videos/{video_id}/retry", { params: { path: { video_id: video.id } } })),
    words().retrying(video.display_name),
  );
}

async function cancel(video: Video): Promise<void> {
  await told(
    answer(api.POST("/videos/{video_id}/cancel", { params: { path: { video_id: video.id } } })),
    words().cancelled(video.display_name),
  );
}

async function told(call: Promise<unknown>, done: string): Promise<void> {
  try {
    await call;
    toast({ text: done, tone: "good" });
  } catch (error) {
    toast({ text: sentenceOf(error), tone: "bad" });
  }
}

// Less than this shows as nothing.
const LEAST_USD = 0.0001;

function dollars(usd: number): string {
  const digits = usd < 0.1 ? 4 : 2;
  return usd.toLocaleString(language.value, { style: "currency", currency: "USD", maximumFractionDigits: digits });
}
