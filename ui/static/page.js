// The conversation and its sources. Runs once, when Gradio has put the shell of page.html into `element`;
// `props.value` is the list of exchanges that render.py describes.

const root = document.documentElement;
const log = element.querySelector("#em-log");
const list = element.querySelector("#em-cards");
const popover = make("div");
popover.id = "em-popover";
popover.setAttribute("role", "tooltip");
popover.hidden = true;
document.body.append(popover);
const shown = new WeakMap(); // node -> the data it was built from, so that unchanged nodes stay
let opener = null; // the chip that opened the panel, to give the focus back to

// Make the parent's children show `items`, building only those whose data changed.
function show(parent, items, build) {
  items.forEach((item, place) => {
    const key = JSON.stringify(item);
    const old = parent.children[place];
    if (old && shown.get(old) === key) return;
    const node = build(item, old);
    shown.set(node, key);
    if (old !== node) old ? old.replaceWith(node) : parent.append(node);
  });
  while (parent.children.length > items.length) parent.lastElementChild.remove();
}

function exchangeNode(exchange, old) {
  const node = old || make("article", "em-exchange");
  if (!old) node.append(make("h2", "em-asked"), make("div", "em-answer"), make("div", "em-after"));
  const [asked, answer, after] = node.children;
  if (asked.textContent !== exchange.question) asked.textContent = exchange.question;
  show(answer, exchange.paragraphs, (runs) => paragraphNode(runs, exchange.cards));
  const rest = [];
  if (exchange.draft) rest.push(draftNode(exchange.draft));
  if (exchange.stage) rest.push(make("p", "em-stage", exchange.stage));
  if (exchange.problem) rest.push(make("p", "em-problem", exchange.problem));
  if (exchange.notice) rest.push(make("p", "em-notice", exchange.notice));
  if (exchange.nearest.length) rest.push(nearestNode(exchange.nearest));
  if (exchange.cut.length) rest.push(cutNode(exchange.cut));
  after.replaceChildren(...rest);
  return node;
}

// A sentence that nobody has checked yet: not announced, for it may go again.
function draftNode(words) {
  const node = make("p", "em-draft", words);
  node.setAttribute("aria-hidden", "true");
  return node;
}

function cutNode(reasons) {
  const node = make("details", "em-cut");
  const one = reasons.length === 1;
  const list = make("ul");
  list.append(...reasons.map((reason) => make("li", "", reason)));
  node.append(make("summary", "", `${reasons.length} ${one ? "sentence was" : "sentences were"} left out`), list);
  return node;
}

function sourcesNode(exchange) {
  const node = make("section", "em-group");
  node.append(make("h3", "em-asked", exchange.question), ...exchange.cards.map(cardNode));
  return node;
}

function render() {
  const exchanges = props.value || [];
  const asked = log.children.length;
  show(log, exchanges, exchangeNode);
  const cited = exchanges.filter((exchange) => exchange.cards.length).reverse();
  show(list, cited.map(({ question, cards }) => ({ question, cards })), sourcesNode);
  root.toggleAttribute("data-asked", exchanges.length > 0);
  root.toggleAttribute("data-cited", cited.length > 0);
  if (exchanges.length > asked) log.lastElementChild.scrollIntoView({ block: "start" });
}

function mark(card) {
  for (const old of list.querySelectorAll(".em-current")) old.classList.remove("em-current");
  if (card) card.classList.add("em-current");
}

function open(chip) {
  const card = document.getElementById(chip.getAttribute("href").slice(1));
  if (!card) return;
  opener = chip;
  popover.hidden = true;
  root.dataset.sources = "open";
  mark(card);
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function close() {
  delete root.dataset.sources;
  mark(null);
  if (opener && opener.isConnected) opener.focus();
  popover.hidden = true;
  opener = null;
}

function preview(chip) {
  const card = (props.value || []).flatMap((one) => one.cards).find((one) => chip.hash === `#${one.id}`);
  if (!card) return;
  popover.replaceChildren(
    make("p", "em-quote", card.quote),
    make("p", "em-where", joined(card.speaker, card.title, card.time, ...card.labels)),
  );
  popover.hidden = false;
  const at = chip.getBoundingClientRect();
  const size = popover.getBoundingClientRect();
  const left = Math.min(Math.max(12, at.left - 24), window.innerWidth - size.width - 12);
  const above = at.top - size.height - 8;
  popover.style.left = `${left}px`;
  popover.style.top = `${above > 8 ? above : at.bottom + 8}px`;
}

const chipAt = (event) => event.target.closest && event.target.closest("a.earmark-cite");

log.addEventListener("click", (event) => {
  const chip = chipAt(event);
  if (!chip) return;
  event.preventDefault();
  open(chip);
});
for (const name of ["mouseover", "focusin"]) {
  document.addEventListener(name, (event) => {
    const chip = chipAt(event);
    if (chip) preview(chip);
    else popover.hidden = true;
  });
}
document.addEventListener("scroll", () => { popover.hidden = true; }, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (popover.hidden) close();
  popover.hidden = true;
});
element.querySelector("#em-close").addEventListener("click", close);

watch("value", render);
render();
