// One player for the page. Nothing is fetched before a reader plays.

const player = element.querySelector("#em-player");
const audio = make("audio");
Object.assign(audio, { controls: true, preload: "none" });
const heard = make("p");
const wish = make("input");
Object.assign(wish, { type: "checkbox", checked: remembered("play") !== "off" });
wish.addEventListener("change", () => remember("play", wish.checked ? "on" : "off"));
const wishLabel = make("label");
wishLabel.append(wish, "Play when I open a number");
player.append(heard, audio, wishLabel);
let endFollowing = null;

// Stand at the second that the card's link opens, follow the sound in `place`, and play it if it is wished.
function cue(card, place, { play = wish.checked } = {}) {
  const address = card.audio.split("#")[0];
  if (audio.getAttribute("src") !== address) audio.src = address;
  audio.setAttribute("aria-label", `${card.title}, from ${clockTime(card.from_s)}`);
  heard.textContent = joined(card.title, `from ${clockTime(card.from_s)}`);
  player.hidden = false;
  endFollowing?.();
  endFollowing = follow(audio, place);
  standAt(audio, card.from_s, { play });
}

function silence() {
  audio.pause();
  endFollowing?.();
  endFollowing = null;
  player.hidden = true;
}
