{
  const drawing = document.querySelector(".timeline");
  const pane = document.querySelector(".window");
  const length = pane?.querySelector(".length");
  const scale = pane?.querySelector(".scale");
  const zoomBar = document.querySelector(".zoom");
  // At the largest zoom, a tenth of a second has four pixels.
  const MOST_PX_PER_INDEX = 4;
  // Between two marks of the scale; a mark has some 60 pixels.
  const MARK_PX = 100;
  const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

  if (drawing && zoomBar) {
    const { x, width: count, height } = drawing.viewBox.baseVal;
    const rate = Number(drawing.dataset.rate);
    const cursor = drawing.querySelector("line");
    let zoom = 1;
    let now = null;

    const two = (value) => String(value).padStart(2, "0");
    const clock = (s) => (s >= 3600 ? `${Math.floor(s / 3600)}:` : "") + `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
    const px = () => pane.clientWidth * zoom;
    const mostZoom = () => Math.max(1, (count * MOST_PX_PER_INDEX) / pane.clientWidth);

    const draw = () => {
      length.style.width = `${px()}px`;
      // A slit between captions without a gap, where bars are wide enough for one.
      drawing.style.setProperty("--slit", `${Math.min(1, px() / count)}px`);
      const step = STEPS_S.find((s) => ((s * rate) / count) * px() >= MARK_PX) ?? STEPS_S.at(-1);
      const first = Math.ceil(x / rate / step) * step;
      const marks = [];
      for (let s = first; s < (x + count) / rate; s += step) {
        const mark = document.createElement("span");
        mark.textContent = clock(s);
        mark.style.left = `${((s * rate - x) / count) * 100}%`;
        marks.push(mark);
      }
      scale.classList.add("placed");
      scale.replaceChildren(...marks);
      for (const button of zoomBar.children) {
        button.disabled = button.dataset.zoom === "in" ? zoom >= mostZoom() : zoom <= 1;
      }
    };
    /** Zoom so that the place at `offset` pixels of the window stays where it is. */
    const zoomTo = (wanted, offset = offsetOfNow()) => {
      const place = (pane.scrollLeft + offset) / px();
      zoom = Math.min(mostZoom(), Math.max(1, wanted));
      draw();
      pane.scrollLeft = place * px() - offset;
    };
    const shareOfNow = () => (now * rate - x) / count;
    const offsetOfNow = () => {
      const offset = now === null ? -1 : shareOfNow() * px() - pane.scrollLeft;
      return offset >= 0 && offset <= pane.clientWidth ? offset : pane.clientWidth / 2;
    };
    const follow = () => {
      const offset = shareOfNow() * px() - pane.scrollLeft;
      if (offset < 0 || offset > pane.clientWidth) pane.scrollLeft = shareOfNow() * px() - pane.clientWidth / 4;
    };

    zoomBar.hidden = false;
    zoomBar.addEventListener("click", (event) => {
      const kind = event.target.dataset.zoom;
      if (kind) zoomTo({ in: zoom * 2, out: zoom / 2, all: 1 }[kind]);
    });
    pane.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        zoomTo(zoom * 2 ** (-event.deltaY / 200), event.clientX - pane.getBoundingClientRect().left);
      },
      { passive: false },
    );
    pane.addEventListener("keydown", (event) => {
      const wanted = { "+": zoom * 2, "=": zoom * 2, "-": zoom / 2, 0: 1 }[event.key];
      if (wanted === undefined || event.ctrlKey) return;
      event.preventDefault();
      zoomTo(wanted);
    });
    drawing.addEventListener("click", (event) => {
      if (!video || event.target.classList.contains("caption")) return;
      const box = drawing.getBoundingClientRect();
      video.currentTime = (x + ((event.clientX - box.left) / box.width) * count) / rate;
    });
    video?.addEventListener("timeupdate", () => {
      now = video.currentTime;
      cursor.setAttribute("x1", now * rate);
      cursor.setAttribute("x2", now * rate);
      if (!video.paused) follow();
    });
    addEventListener("resize", draw);
    draw();
  }
}
