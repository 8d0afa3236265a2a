// What the page and the embed share: nodes for answers and source cards. Every word becomes a text node.

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

function joined(...words) {
  return words.filter(Boolean).join(" · ");
}

function linkNode(href, text, className) {
  const link = make("a", className, text);
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener";
  return link;
}

// What stands beside a card's number: how the answer uses the words, and what sort of words they are. Nothing
// beside what a person said and the answer quotes.
const shortLabels = { "AI-written": "AI", Advert: "Ad" };
const marksOf = (card) => [card.mark, ...card.labels.map((label) => shortLabels[label])].filter(Boolean).join(" ");

// The verdict in words, after its mark.
function verdictNode(card) {
  const node = make("p", "em-where em-verdict-words");
  if (card.mark) {
    const mark = make("span", "em-mark", card.mark);
    mark.setAttribute("aria-hidden", "true");
    node.append(mark, " ");
  }
  node.append(card.verdict);
  return node;
}

// A run is words, a title, or a chip that opens the card it names.
function runNode(run, cards) {
  if (run.title) return make("cite", "", run.text);
  if (!run.card) return document.createTextNode(run.text);
  const chip = make("a", "earmark-cite", run.text);
  const card = cards.find((one) => one.id === run.card);
  chip.href = `#${run.card}`;
  if (card) {
    const told = [card.speaker, card.title, card.verdict, ...card.labels].filter(Boolean).join(", ");
    chip.setAttribute("aria-label", `Source ${card.number}: ${told}`);
    const marks = marksOf(card);
    if (marks) chip.dataset.marks = marks;
  }
  return chip;
}

function paragraphNode(runs, cards) {
  const node = make("p", "em-text");
  node.append(...runs.map((run) => runNode(run, cards)));
  return node;
}

function cardNode(card) {
  const node = make("article", "em-card");
  node.id = card.id;
  node.tabIndex = -1;
  node.setAttribute("aria-label", `Source ${card.number}: ${card.title}`);
  const meta = make("p", "em-meta");
  meta.append(make("span", "em-number", String(card.number)), make("span", "em-kind", card.kind));
  for (const label of card.labels) meta.append(make("span", "em-label", label));
  node.append(meta, make("blockquote", "em-quote", card.quote));
  const who = joined(card.speaker, card.time);
  if (who) node.append(make("p", "em-who", who));
  node.append(make("p", "em-title", card.title));
  const where = joined(card.show, card.date);
  if (where) node.append(make("p", "em-where", where));
  if (card.verdict) node.append(verdictNode(card));
  if (card.heading) node.append(make("p", "em-where", `Under “${card.heading}”`));
  if (card.link) node.append(linkNode(card.link, card.link_text, "em-link"));
  return node;
}

function nearestNode(nearest) {
  const node = make("div", "em-nearest");
  const items = make("ul");
  for (const near of nearest) {
    const item = make("li");
    item.append(near.link ? linkNode(near.link, near.title) : make("span", "", near.title));
    if (near.date) item.append(make("span", "em-date", near.date));
    items.append(item);
  }
  node.append(make("p", "", "Nearest in the archive"), items);
  return node;
}
