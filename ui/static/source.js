// The view of a source: its recording followed in its text, from the sentence that the address names.

{
  const audio = document.querySelector(".player audio");
  follow(audio, document.getElementById("text"));

  // Who came for a sentence and presses play wants to hear that sentence.
  audio.addEventListener("play", () => {
    const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (audio.currentTime > 0 || !named || named.dataset.startS === undefined) return;
    const cue = () => { audio.currentTime = Math.max(0, Math.floor(Number(named.dataset.startS) - 1)); };
    if (audio.readyState) cue();
    else audio.addEventListener("loadedmetadata", () => { if (audio.currentTime === 0) cue(); }, { once: true });
  }, { once: true });
}
