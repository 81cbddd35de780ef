import { words } from "./words";

export function VideosView() {
  return <h1>{words().title}</h1>;
}
