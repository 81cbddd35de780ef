const video = document.querySelector("video");
const list = document.querySelector("#captions tbody");
const byTime = [...document.querySelectorAll("#captions tbody tr")];
let shown = byTime;
let present = null;

function seek(element, play) {
  if (!video) return;
  // A little later than the start, so that rounding cannot show the frame before.
  video.currentTime = Number(element.dataset.start) + 0.01;
  if (play) video.play().catch(() => {});
}

function choose(row, { play = true } = {}) {
  if (!row) return;
  mark(row);
  row.querySelector("button").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", `#${row.id}`);
  seek(row, play);
}

function mark(row) {
  if (row === present) return;
  present?.classList.remove("now");
  present?.removeAttribute("aria-current");
  row?.classList.add("now");
  row?.setAttribute("aria-current", "true");
  present = row;
}

/** The last caption that starts at a time or before; the captions are in the order of their starts. */
function rowAt(seconds) {
  let low = 0;
  let high = byTime.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(byTime[middle].dataset.start) <= seconds) low = middle + 1;
    else high = middle;
  }
  return byTime[low - 1] ?? null;
}

function step(by) {
  const at = shown.indexOf(present);
  choose(shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : at + by]);
}

function toggle() {
  if (!video) return;
  if (video.paused) video.play().catch(() => {});
  else video.pause();
}

list?.addEventListener("click", (event) => choose(event.target.closest("tr")));
for (const element of document.querySelectorAll("#notes button, .timeline rect.caption")) {
  element.addEventListener("click", () => seek(element, true));
}

addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  // Fields and the video's own controls keep their keys.
  if (event.target.closest("input, select, textarea, video")) return;
  const keys = { j: () => step(1), k: () => step(-1), " ": toggle };
  const run = keys[event.key];
  if (!run || (event.key === " " && event.target.closest("button, a") && !event.target.closest("#captions"))) return;
  event.preventDefault();
  run();
});

const tools = document.querySelector(".tools");
function arrange() {
  const text = tools.elements.text.value.trim().toLowerCase();
  const doubtful = tools.elements.doubtful.checked;
  const byDoubt = tools.elements.order.value === "doubt";
  const order = byDoubt ? [...byTime].sort((a, b) => a.dataset.doubt - b.dataset.doubt) : byTime;
  const fits = (row) =>
    (!doubtful || "doubtful" in row.dataset) && row.querySelector(".text").textContent.toLowerCase().includes(text);
  shown = order.filter(fits);
  list.replaceChildren(...shown);
  tools.querySelector("output").value = shown.length === byTime.length ? "" : `${shown.length} of ${byTime.length}`;
}
if (tools) {
  tools.hidden = false;
  tools.addEventListener("input", arrange);
  tools.addEventListener("submit", (event) => event.preventDefault());
}

if (video) {
  video.addEventListener("error", () => {
    const note = video.parentElement.querySelector(".note");
    note.textContent = "The browser cannot play the video. If its file or this page was moved, put it back.";
  });
  video.addEventListener("timeupdate", () => {
    const now = video.currentTime;
    const row = rowAt(now);
    mark(row && now < Number(row.dataset.end) ? row : null);
  });
}
// The address may name a caption, such as report.html#caption-12.
if (/^#caption-\d+$/.test(location.hash)) choose(document.querySelector(location.hash), { play: false });
