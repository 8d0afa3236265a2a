// The panel of sources: every card that was cited, newest question first. The one that a chip opened shows
// the words around its quote, and plays.

const root = document.documentElement;
const list = element.querySelector("#em-cards");
const turnsAround = 7;
const turnsMost = 400;
let opener = null; // the chip that opened the panel, to give the focus back to

// Groups keep their nodes when a question comes in above them, and so does the card that is open.
function showSources(exchanges) {
  const cited = exchanges.filter((exchange) => exchange.cards.length).reverse();
  const known = new Map([...list.children].map((node) => [node.dataset.first, node]));
  cited.forEach((exchange, place) => {
    const node = groupNode(exchange, known.get(exchange.cards[0].id));
    if (list.children[place] !== node) list.insertBefore(node, list.children[place] || null);
  });
  while (list.children.length > cited.length) list.lastElementChild.remove();
  root.toggleAttribute("data-cited", cited.length > 0);
}

function groupNode({ question, cards }, old) {
  const node = old || make("section", "em-group");
  if (!old) node.append(make("h3", "em-asked"), make("div", "em-held"));
  node.dataset.first = cards[0].id;
  node.firstChild.textContent = question;
  show(node.lastChild, cards, sourceNode);
  return node;
}

function sourceNode(card) {
  const node = cardNode(card);
  const doors = make("p", "em-doors");
  const context = make("div", "em-context");
  if (card.audio) doors.append(buttonNode(`Play from ${clockTime(card.from_s)}`, "em-play", () => { openCard(node); cue(card, context, { play: true }); }));
  const link = node.querySelector("a.em-link");
  if (link) doors.append(link);
  if (doors.childNodes.length) node.append(doors);
  node.append(context);
  node.emOpen = () => showContext(card, context, turnsAround);
  node.emCue = () => { if (card.audio) cue(card, context); };
  return node;
}

// The turns around the quote, with its sentences marked.
async function showContext(card, place, turns) {
  if (place.dataset.turns >= turns) return;
  const query = `around=${card.start}&turns=${turns}`;
  let found = null;
  try {
    const response = await fetch(`v1/sources/${encodeURIComponent(card.source_id)}/transcript?${query}`);
    if (response.ok) found = await response.json();
  } catch {
    // Told below.
  }
  if (!found) {
    place.replaceChildren(make("p", "em-notice", "The words around it cannot be shown: the source is not to be had now."));
    return;
  }
  place.dataset.turns = turns;
  place.tabIndex = 0; // it scrolls, also by the keyboard
  place.setAttribute("role", "region");
  place.setAttribute("aria-label", `In context: ${card.title}`);
  const said = found.turns.flatMap((turn) => turn.sentences).find((sentence) => isCited(sentence, card));
  if (said && !place.dataset.linked) {
    place.dataset.linked = "";
    const address = `s/${encodeURIComponent(card.source_id)}#${said.passage_id}-${said.n}`;
    place.before(linkNode(address, "Read in context", "em-link"));
  }
  place.replaceChildren(...found.turns.flatMap((turn, at) => turnNodes(turn, found.turns[at - 1], card)));
  if ((found.before || found.after) && turns < turnsMost) {
    const grow = () => showContext(card, place, Math.min(turnsMost, turns * 4));
    place.append(buttonNode("More of this source", "em-more", grow));
    place.emGrow = grow;
  } else {
    place.emGrow = null;
  }
  scrollToQuote(place);
}

// What is heard beyond the words that are shown is shown too.
audio.addEventListener("timeupdate", () => {
  const place = list.querySelector(".em-current .em-context");
  const last = [...(place?.querySelectorAll("[data-end-s]") || [])].at(-1);
  if (!audio.paused && last && audio.currentTime > Number(last.dataset.endS)) place.emGrow?.();
});

function turnNodes(turn, before, card) {
  const nodes = [];
  const [first] = turn.sentences;
  if (turn.heading && turn.heading !== before?.heading) nodes.push(make("p", "em-where", turn.heading));
  const head = make("p", "em-turn-head");
  if (turn.speaker) head.append(make("span", "", turn.speaker));
  if (first.start_s !== null) head.append(timeNode(first, card));
  if (first.advert) head.append(make("span", "em-label", "Advert"));
  if (first.ai_written) head.append(make("span", "em-label", "AI-written"));
  if (head.childNodes.length) nodes.push(head);
  const words = make("p");
  for (const sentence of turn.sentences) words.append(sentenceNode(sentence, card), " ");
  return [...nodes, words];
}

function timeNode(sentence, card) {
  const time = (sentence.approximate ? "about " : "") + clockTime(sentence.start_s);
  if (!card.audio) return make("span", "em-where", time);
  const button = make("button", "", time);
  button.type = "button";
  button.dataset.seekS = sentence.start_s;
  button.setAttribute("aria-label", `Play from ${time}`);
  return button;
}

const isCited = (sentence, card) => sentence.start < card.end && sentence.end > card.start;

function sentenceNode(sentence, card) {
  const node = make(isCited(sentence, card) ? "mark" : "span", "", sentence.text);
  if (sentence.start_s !== null) node.dataset.startS = sentence.start_s;
  if (sentence.end_s !== null) node.dataset.endS = sentence.end_s;
  return node;
}

function scrollToQuote(place) {
  const quote = place.querySelector("mark");
  if (quote) place.scrollTop = quote.offsetTop - place.clientHeight / 3;
}

function openCard(card) {
  for (const old of list.querySelectorAll(".em-current")) {
    if (old !== card) old.classList.remove("em-current");
  }
  card?.classList.add("em-current");
  return card?.emOpen();
}

async function openSource(chip) {
  const card = document.getElementById(chip.getAttribute("href").slice(1));
  if (!card) return;
  opener = chip;
  popover.hidden = true;
  root.dataset.sources = "open";
  const opening = openCard(card);
  card.emCue(); // while the browser still knows that the reader pressed something
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "start" });
  await opening;
  if (card.classList.contains("em-current")) card.scrollIntoView({ block: "start" });
}

function closeSources() {
  if (getComputedStyle(element.querySelector("#em-close")).display !== "none") audio.pause(); // its controls go too
  delete root.dataset.sources;
  openCard(null);
  if (opener && opener.isConnected) opener.focus();
  popover.hidden = true;
  opener = null;
}

element.querySelector("#em-close").addEventListener("click", closeSources);
