// The panel of sources: every card that was cited, newest question first, and the one that a chip opened.

const root = document.documentElement;
const list = element.querySelector("#em-cards");
let opener = null; // the chip that opened the panel, to give the focus back to

function sourcesNode(exchange) {
  const node = make("section", "em-group");
  node.append(make("h3", "em-asked", exchange.question), ...exchange.cards.map(cardNode));
  return node;
}

function showSources(exchanges) {
  const cited = exchanges.filter((exchange) => exchange.cards.length).reverse();
  show(list, cited.map(({ question, cards }) => ({ question, cards })), sourcesNode);
  root.toggleAttribute("data-cited", cited.length > 0);
}

function mark(card) {
  for (const old of list.querySelectorAll(".em-current")) old.classList.remove("em-current");
  if (card) card.classList.add("em-current");
}

function openSource(chip) {
  const card = document.getElementById(chip.getAttribute("href").slice(1));
  if (!card) return;
  opener = chip;
  popover.hidden = true;
  root.dataset.sources = "open";
  mark(card);
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function closeSources() {
  delete root.dataset.sources;
  mark(null);
  if (opener && opener.isConnected) opener.focus();
  popover.hidden = true;
  opener = null;
}

element.querySelector("#em-close").addEventListener("click", closeSources);
