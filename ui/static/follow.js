// Follow a recording in its text. `follow(audio, root)`: elements inside `root` with data-start-s (and
// data-end-s) are marked `em-playing` while they are heard, and kept in view unless the reader has scrolled in
// the last seconds or prefers reduced motion. A button with data-seek-s seeks to that second and plays.
// Gives a function that ends it. A plain script, which needs seek.js: both the page and the source
// view use it as it is.

function follow(audio, root) {
  const OWN_SCROLL_MS = 4000;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const ending = new AbortController();
  const listen = (target, name, then) => target.addEventListener(name, then, { signal: ending.signal, passive: true });
  let playing = [];
  let scrolledAt = -Infinity;

  const seconds = (node, name) => (node.dataset[name] === undefined || node.dataset[name] === "" ? NaN : Number(node.dataset[name]));

  // Those of the latest start that has been reached and not left: sentences of one caption share its times.
  function heardAt(now) {
    let start = -Infinity;
    let heard = [];
    for (const node of root.querySelectorAll("[data-start-s]")) {
      const begins = seconds(node, "startS");
      const ends = seconds(node, "endS");
      if (!(begins <= now) || ends <= now) continue;
      if (begins > start) heard = [];
      if (begins >= start) heard.push(node);
      start = Math.max(start, begins);
    }
    return heard;
  }

  function mark() {
    const heard = audio.paused && audio.currentTime === 0 ? [] : heardAt(audio.currentTime);
    if (heard.length === playing.length && heard.every((node, place) => node === playing[place])) return;
    for (const node of playing) node.classList.remove("em-playing");
    for (const node of heard) node.classList.add("em-playing");
    playing = heard;
    if (heard.length && !audio.paused) keepInView(heard[0]);
  }

  function keepInView(node) {
    if (calm.matches || performance.now() - scrolledAt < OWN_SCROLL_MS) return;
    node.scrollIntoView({ block: "center", behavior: "smooth" });
  }

  function play(second) {
    scrolledAt = -Infinity;
    standAt(audio, second, { play: true });
  }

  for (const name of ["wheel", "touchmove"]) listen(document, name, () => { scrolledAt = performance.now(); });
  listen(document, "keydown", (event) => {
    if (["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown", " "].includes(event.key)) scrolledAt = performance.now();
  });
  for (const name of ["timeupdate", "seeked", "play"]) listen(audio, name, mark);
  listen(root, "click", (event) => {
    const button = event.target.closest && event.target.closest("button[data-seek-s]");
    if (button) play(seconds(button, "seekS"));
  });

  mark();
  return function end() {
    ending.abort();
    for (const node of playing) node.classList.remove("em-playing");
  };
}
