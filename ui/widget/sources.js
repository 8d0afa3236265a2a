// A source under an answer: one line that opens to the quote, its verdict, its link, and its sound.

// In a sandboxed frame links may lead nowhere; then the address is shown to be copied.
const sandboxed = self.origin === "null";
let playing = null; // one recording at a time on a page, whichever widget plays it

function sourceNode(card) {
  const node = make("details", "em-source");
  node.id = card.id;
  node.append(lineNode(card), quoteNode(card));
  return node;
}

function lineNode(card) {
  const line = make("summary", "em-line");
  const words = make("span", "em-words");
  const title = make("cite", "em-title", card.title);
  title.dir = "auto";
  words.append(make("span", "em-kind", card.kind));
  for (const label of card.labels) words.append(" ", make("span", "em-label", label));
  words.append(" ", title, make("span", "em-where", joined(card.speaker, card.time, card.date)));
  line.append(make("span", "em-number", String(card.number)), " ", words);
  return line;
}

function quoteNode(card) {
  const node = make("div", "em-behind");
  const quote = make("blockquote", "em-quote", card.quote);
  quote.dir = "auto";
  node.append(quote);
  if (card.verdict) node.append(verdictNode(card));
  const about = joined(card.show, card.heading && `under “${card.heading}”`);
  if (about) node.append(make("p", "em-where", about));
  const doors = make("p", "em-doors");
  if (card.audio) doors.append(playNode(card));
  if (card.link) doors.append(openNode(card.link, card.link_text));
  if (doors.childNodes.length) node.append(doors);
  return node;
}

function openNode(href, text) {
  const link = linkNode(href, text, "em-link");
  link.append(make("span", "em-unseen", " (opens a new tab)"));
  if (sandboxed) link.addEventListener("click", (event) => openOrShow(event, link));
  return link;
}

function openOrShow(event, link) {
  event.preventDefault();
  const opened = window.open(link.href, "_blank");
  if (opened) {
    opened.opener = null;
    return;
  }
  const label = make("label", "em-where", "This page may not open links. Copy the address:");
  const shown = make("input", "em-address");
  Object.assign(shown, { type: "text", readOnly: true, value: link.href });
  label.append(shown);
  link.replaceWith(label);
  shown.focus({ preventScroll: true });
  shown.select();
  label.scrollIntoView({ block: "nearest" });
}

function playNode(card) {
  const button = make("button", "em-play", `Play from ${clock(card.from)}`);
  button.type = "button";
  button.addEventListener("click", () => {
    const audio = make("audio");
    audio.controls = true;
    audio.ariaLabel = `${card.title}, from ${clock(card.from)}`;
    audio.src = card.audio.split("#")[0];
    audio.addEventListener("play", () => {
      if (playing !== audio) playing?.pause();
      playing = audio;
    });
    audio.addEventListener("error", () => {
      noteOf(audio).remove();
      audio.replaceWith(make("span", "em-problem", "This recording cannot be played here."));
    });
    button.replaceWith(audio);
    audio.focus();
    standAt(audio, card.from, { play: true, link: openNode });
  });
  return button;
}
