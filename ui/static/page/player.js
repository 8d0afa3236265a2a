// One player for the page. Nothing is fetched before a reader plays.

const player = element.querySelector("#em-player");
const audio = make("audio");
Object.assign(audio, { controls: true, preload: "none" });
const heard = make("p");
const unheard = make("p", "em-unheard");
const wish = make("input");
Object.assign(wish, { type: "checkbox", checked: remembered("play") !== "off" });
wish.addEventListener("change", () => remember("play", wish.checked ? "on" : "off"));
audio.addEventListener("error", () => { unheard.textContent = "This recording cannot be played here."; });
audio.addEventListener("loadedmetadata", () => { unheard.textContent = ""; });
const wishLabel = make("label");
wishLabel.append(wish, "Play when I open a number");
player.append(heard, unheard, audio, wishLabel);
let endFollowing = null;

// Stand at the second that the card's link opens, follow the sound in `place`, and play it if it is wished.
function cue(card, place, { play = wish.checked } = {}) {
  const address = card.audio.split("#")[0];
  if (audio.getAttribute("src") !== address) {
    unheard.textContent = "";
    audio.src = address;
  }
  audio.currentTime = card.from_s;
  audio.setAttribute("aria-label", `${card.title}, from ${clockTime(card.from_s)}`);
  heard.textContent = joined(card.title, `from ${clockTime(card.from_s)}`);
  player.hidden = false;
  endFollowing?.();
  endFollowing = follow(audio, place);
  if (play) audio.play().catch(() => {}); // what went wrong, the event says
}

function silence() {
  audio.pause();
  endFollowing?.();
  endFollowing = null;
  player.hidden = true;
}

function clockTime(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
  const [hour, ...rest] = parts;
  const shown = hour ? parts : rest;
  return shown.map((part, place) => (place ? String(part).padStart(2, "0") : part)).join(":");
}
