const video = document.querySelector("video");
const rows = [...document.querySelectorAll("#captions tbody tr")];
const timeline = document.querySelector(".timeline");
const cursor = timeline?.querySelector("line");
const indicesPerSecond = Number(timeline?.dataset.rate);
const seek = (element) => {
  if (!video) return;
  // A little later than the start, so that rounding cannot show the frame before.
  video.currentTime = Number(element.dataset.start) + 0.01;
  video.scrollIntoView({ behavior: "smooth", block: "nearest" });
};
const others = document.querySelectorAll(".timeline rect.caption, #notes li[data-start]");
for (const element of [...rows, ...others]) {
  element.addEventListener("click", () => seek(element));
}
if (video) {
  video.addEventListener("error", () => {
    const note = video.parentElement.querySelector(".note");
    note.textContent = `The browser cannot play ${decodeURI(video.src.slice(0, 200))}: the file may have been moved.`;
  });
  video.addEventListener("timeupdate", () => {
    const now = video.currentTime;
    if (cursor) {
      cursor.setAttribute("x1", now * indicesPerSecond);
      cursor.setAttribute("x2", now * indicesPerSecond);
    }
    for (const row of rows) {
      row.classList.toggle("now", now >= Number(row.dataset.start) && now < Number(row.dataset.end));
    }
  });
}
