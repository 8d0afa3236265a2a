// Stand at a second of a recording, and say so when that cannot be. Servers that send no part of a file (no
// Range) let a browser play it from the beginning only; a recording can also be shorter than what was read.
// A plain script: the page, the widget and the pages to read in use it as it is.

function clockTime(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
  const [hour, ...rest] = parts;
  const shown = hour ? parts : rest;
  return shown.map((part, place) => (place ? String(part).padStart(2, "0") : part)).join(":");
}

// `play` plays from there. Nothing is fetched before something plays.
function standAt(audio, second, { play = false, link = recordingLink } = {}) {
  audio.emStanding?.abort();
  audio.emStanding = new AbortController();
  const { signal } = audio.emStanding;
  const listen = (name, then) => audio.addEventListener(name, then, { signal });
  const note = noteOf(audio);
  note.replaceChildren();
  if (audio.error) audio.load(); // it may be there by now

  const reachable = () => {
    const { seekable } = audio;
    for (let n = 0; n < seekable.length; n += 1) {
      if (seekable.start(n) <= second && second <= seekable.end(n)) return true;
    }
    return false;
  };
  const go = () => {
    audio.emStanding.abort();
    note.replaceChildren();
    if (Math.abs(audio.currentTime - second) > 0.2) audio.currentTime = second;
    if (play) begin(audio);
  };
  const look = () => {
    if (reachable()) return go();
    audio.pause(); // what it would play is not what was asked for
    const ends = audio.duration < second;
    const why = ends
      ? `This recording ends at ${clockTime(audio.duration)}, before the words.`
      : `This recording's server lets it play from the beginning only, and not from ${clockTime(second)}.`;
    note.append(why, " ", link(`${audio.src.split("#")[0]}#t=${second}`, `Open the recording at ${clockTime(second)}`));
    listen("play", () => audio.emStanding.abort()); // whoever plays it now wants it as it is
    listen("progress", () => { if (reachable()) go(); }); // some browsers can go where it has been loaded to
  };

  if (audio.readyState) return look();
  audio.currentTime = second; // where it will begin, if it can
  listen("loadedmetadata", look);
  if (play) begin(audio);
}

function begin(audio) {
  audio.play().catch(() => {}); // what went wrong, the note says
}

// Where it is said what a recording cannot do, also that it cannot be played at all.
function noteOf(audio) {
  if (!audio.emNote) {
    audio.emNote = document.createElement("span");
    audio.emNote.className = "em-unheard";
    audio.emNote.setAttribute("role", "status");
    audio.after(audio.emNote);
    audio.addEventListener("error", () => { audio.emNote.textContent = "This recording cannot be played here."; });
  }
  return audio.emNote;
}

function recordingLink(href, text) {
  const link = document.createElement("a");
  Object.assign(link, { href, textContent: text, target: "_blank", rel: "noopener" });
  return link;
}
