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

/** Width per height of a video; null when it is not known. It never changes, so an earlier answer will do. */
export async function videoRatio(id: string): Promise<number | null> {
  const earlier = await asked.get(id);
  // The size of a video that was just uploaded is found later.
  const { width, height } = earlier?.width ? earlier : await fetchVideo(id);
  return width && height ? width / height : null;
}
