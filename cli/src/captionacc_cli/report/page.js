const video = document.querySelector("video");
const rows = [...document.querySelectorAll("#captions tbody tr")];
const cursor = document.querySelector(".timeline line");
const seek = (element) => {
  if (!video) return;
  video.currentTime = Number(element.dataset.start) + 0.01;
  video.scrollIntoView({ behavior: "smooth", block: "nearest" });
};
for (const element of [...rows, ...document.querySelectorAll(".timeline rect.caption")]) {
  element.addEventListener("click", () => seek(element));
}
if (video) {
  video.addEventListener("timeupdate", () => {
    const now = video.currentTime;
    if (cursor) {
      cursor.setAttribute("x1", now * 10);
      cursor.setAttribute("x2", now * 10);
    }
    for (const row of rows) {
      row.classList.toggle("now", now >= Number(row.dataset.start) && now < Number(row.dataset.end));
    }
  });
}
