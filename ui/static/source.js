// The view of a source: its recording followed in its text, from the sentence that the address names.

{
  const audio = document.querySelector(".player audio");
  const text = document.getElementById("text");
  let chosen = false; // where to play from

  // Before follow hears of it: whoever presses a turn's button has chosen.
  text.addEventListener("click", (event) => { chosen ||= Boolean(event.target.closest("button[data-seek-s]")); }, true);
  follow(audio, text);
  noteOf(audio);

  // Who came for a sentence and presses play wants to hear that sentence.
  audio.addEventListener("play", () => {
    const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (chosen || audio.currentTime > 1 || !named || named.dataset.startS === undefined) return;
    standAt(audio, Math.max(0, Math.floor(Number(named.dataset.startS) - 1)));
  }, { once: true });
}
