import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { sentenceOf } from "../api/problems";
import { toast } from "../app/toasts";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { readDetail } from "./list";
import type { Video } from "./stages";
import style from "./videos.module.css";
import { words } from "./words";

const LONGEST_NAME = 500;

export function RenameDialog({ video, onClose }: { video: Video; onClose: () => void }) {
  const [name, setName] = useState(video.display_name);
  const save = async (event: Event) => {
    event.preventDefault();
    try {
      const path = { video_id: video.id };
      await answer(api.PATCH("/videos/{video_id}", { params: { path }, body: { display_name: name.trim() } }));
      readDetail(video.id);
      onClose();
    } catch (error) {
      toast({ text: sentenceOf(error), tone: "bad" });
    }
  };
  return (
    <Dialog title={words().rename} onClose={onClose}>
      <form class={style.form} onSubmit={save}>
        <label for="video-name">{words().name}</label>
        <input
          id="video-name"
          required
          maxLength={LONGEST_NAME}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <div class={style.buttons}>
          <Button onClick={onClose}>{words().cancel}</Button>
          <Button type="submit" look="main" disabled={name.trim() === ""}>
            {words().save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
