import { answer, api, type Schemas } from "./client";

type Video = Schemas["VideoView"];

/** The latest answer about each video. */
const asked = new Map<string, Promise<Video>>();

/** Ask what is known of a video. */
export function fetchVideo(id: string): Promise<Video> {
  const video = answer(api.GET("/videos/{video_id}", { params: { path: { video_id: id } } }));
  asked.set(id, video);
  video.catch(() => asked.delete(id));
  return video;
}

/** What the page knows of a video already, for what never changes, such as its size; else the gateway is asked. */
export function knownVideo(id: string): Promise<Video> {
  return asked.get(id) ?? fetchVideo(id);
}
