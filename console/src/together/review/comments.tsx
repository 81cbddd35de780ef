import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { answer, api, type Schemas } from "../../api/client";
import { listen } from "../../api/events";
import { sentenceOf } from "../../api/problems";
import { language } from "../../app/language";
import { hasRole, signedIn } from "../../app/session";
import { toast } from "../../app/toasts";
import { Button } from "../../parts/button";
import { clock } from "../../parts/format";
import { moment } from "../moments";
import { nameOf } from "../people/people";
import style from "../together.module.css";
import { words } from "../words";

type Comment = Schemas["CommentView"];

export interface CommentsProps {
  videoId: string;
  /** Only the comments on this caption; a new one is on it too. */
  captionId?: number;
  /** Called when the person follows a comment to its caption. */
  onGo?: (captionId: number) => void;
}

const FRAMES_PER_SECOND = 10;
const MOST_SHOWN = 500;

/** Comments on a video or on one caption, with a field for a new one. */
export function Comments({ videoId, captionId, onGo }: CommentsProps) {
  const comments = useSignal<Comment[]>([]);
  const resolvedToo = useSignal(false);
  const problem = useSignal<unknown>(null);

  const latest = useRef(0);

  const load = async () => {
    latest.current += 1;
    const own = latest.current;
    const query = {
      limit: MOST_SHOWN,
      ...(captionId !== undefined && { caption_id: captionId }),
      ...(!resolvedToo.value && { resolved: false }),
    };
    try {
      const params = { path: { video_id: videoId }, query };
      const found = await answer(api.GET("/videos/{video_id}/comments", { params }));
      // An answer to an earlier question must not replace that to a later one.
      if (own !== latest.current) return;
      comments.value = found.comments;
      problem.value = null;
    } catch (error) {
      problem.value = error;
    }
  };
  useEffect(() => {
    comments.value = [];
    void load();
    return listen({
      event: (event) => {
        const concerns = event.kind === "comments.changed" && (!captionId || event.data.caption_id === captionId);
        if (event.video_id === videoId && concerns) void load();
      },
      snapshot: () => void load(),
    });
  }, [videoId, captionId]);

  /** Make a change, and show how the comments are now. */
  const save = async (work: Promise<unknown>): Promise<boolean> => {
    try {
      await work;
      await load();
      return true;
    } catch (error) {
      toast({ text: sentenceOf(error), tone: "bad" });
      return false;
    }
  };
  const add = (text: string) => {
    const params = { path: { video_id: videoId } };
    const body = { text, ...(captionId !== undefined && { caption_id: captionId }) };
    return save(answer(api.POST("/videos/{video_id}/comments", { params, body })));
  };

  return (
    <section class={style.panel} aria-label={words().comments}>
      {problem.value !== null && <p role="alert">{sentenceOf(problem.value)}</p>}
      {comments.value.length === 0 && <p class={style.quiet}>{words().noComments}</p>}
      <ul class={style.list}>
        {comments.value.map((comment) => (
          <CommentItem key={comment.id} videoId={videoId} comment={comment} save={save} onGo={onGo} />
        ))}
      </ul>
      {hasRole("annotator") && <CommentForm label={words().newComment} action={words().addComment} onSave={add} />}
      <label class={style.check}>
        <input
          type="checkbox"
          checked={resolvedToo.value}
          onChange={(event) => {
            resolvedToo.value = event.currentTarget.checked;
            void load();
          }}
        />
        {words().showResolved}
      </label>
    </section>
  );
}

interface CommentItemProps {
  videoId: string;
  comment: Comment;
  save: (work: Promise<unknown>) => Promise<boolean>;
  onGo: ((captionId: number) => void) | undefined;
}

function CommentItem({ videoId, comment, save, onGo }: CommentItemProps) {
  const editing = useSignal(false);
  const params = { path: { video_id: videoId, comment_id: comment.id } };
  const change = (body: { text?: string; resolved?: boolean }) =>
    save(answer(api.PATCH("/videos/{video_id}/comments/{comment_id}", { params, body })));
  const own = comment.made_by === signedIn.value?.userId;
  const resolved = comment.resolved_at !== null;
  const { caption_id: captionId, start_frame: frame } = comment;
  return (
    <li class={style.item}>
      <header class={style.head}>
        <span>
          <strong>{nameOf(comment.made_by)}</strong>
          <small>{moment(comment.made_at, language.value)}</small>
          {comment.edited_at !== null && <small>({words().edited})</small>}
        </span>
        {onGo !== undefined && captionId !== null && frame !== null && (
          <Button look="quiet" onClick={() => onGo(captionId)}>
            {words().toCaption(clock(frame / FRAMES_PER_SECOND))}
          </Button>
        )}
      </header>
      {editing.value ? (
        <CommentForm
          label={words().edit}
          action={words().save}
          initial={comment.text}
          onSave={async (text) => {
            const saved = await change({ text });
            if (saved) editing.value = false;
            return saved;
          }}
        />
      ) : (
        <p class={style.text}>{comment.text}</p>
      )}
      {resolved && <small class={style.quiet}>{words().resolvedBy(nameOf(comment.resolved_by))}</small>}
      <div class={style.buttons}>
        {hasRole("annotator") && (
          <Button look="quiet" onClick={() => void change({ resolved: !resolved })}>
            {resolved ? words().openAgain : words().resolve}
          </Button>
        )}
        {own && (
          <Button look="quiet" onClick={() => (editing.value = !editing.value)}>
            {words().edit}
          </Button>
        )}
        {(own || hasRole("reviewer")) && (
          <Button
            look="quiet"
            onClick={() => void save(answer(api.DELETE("/videos/{video_id}/comments/{comment_id}", { params })))}
          >
            {words().remove}
          </Button>
        )}
      </div>
    </li>
  );
}

interface CommentFormProps {
  label: string;
  action: string;
  initial?: string;
  /** Save the text; return whether that worked, so that the field is emptied. */
  onSave: (text: string) => Promise<boolean>;
}

function CommentForm({ label, action, initial = "", onSave }: CommentFormProps) {
  const text = useSignal(initial);
  const submit = async (event: Event) => {
    event.preventDefault();
    const said = text.value.trim();
    if (said !== "" && (await onSave(said))) text.value = "";
  };
  return (
    <form class={style.form} onSubmit={(event) => void submit(event)}>
      <label>
        {label}
        <textarea
          rows={2}
          maxLength={5000}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      <Button type="submit" disabled={text.value.trim() === ""}>
        {action}
      </Button>
    </form>
  );
}
