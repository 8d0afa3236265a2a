// One question and what has come in of its answer, as nodes.

const shown = new WeakMap(); // node -> the data it was built from, so that unchanged nodes stay

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
  if (exchange.stage) rest.push(stageNode(exchange));
  if (exchange.problem) rest.push(make("p", "em-problem", exchange.problem));
  if (!exchange.stage && besides(exchange).length) rest.push(besideNode(besides(exchange)));
  if (exchange.author) rest.push(make("p", "em-notice", exchange.author));
  if (exchange.notice) rest.push(make("p", "em-notice", exchange.notice));
  if (exchange.nearest.length) rest.push(nearestNode(exchange.nearest));
  if (exchange.cut.length) rest.push(cutNode(exchange.cut));
  after.replaceChildren(...rest);
  return node;
}

// What was done, and what is being done now.
function stageNode(exchange) {
  const node = make("p", "em-stage");
  for (const done of exchange.done) node.append(make("span", "em-done", `${done} · `));
  node.append(exchange.stage);
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

// Sources of several kinds may say different things, and so may several behind one sentence: the first quote of
// each, by date.
function besides({ cards, paragraphs }) {
  const first = cards.filter((card, place) => cards.findIndex((one) => one.source_id === card.source_id) === place);
  const kinds = new Set(first.map((card) => card.kind)).size > 1;
  const several = first.length > 1 && (kinds || paragraphs.some((runs) => meets(runs, cards)));
  return several ? first.sort((one, other) => (one.published || "9999").localeCompare(other.published || "9999")) : [];
}

// Whether the numbers of one sentence, which stand together, open several sources.
function meets(runs, cards) {
  const sources = runs.map((run) => cards.find((card) => card.id === run.card)?.source_id);
  return sources.some((source, at) => source && sources[at - 1] && source !== sources[at - 1]);
}

function besideNode(some) {
  const node = make("section", "em-beside");
  const row = make("div");
  for (const card of some) {
    const figure = make("figure");
    const caption = make("figcaption", "", joined(card.date || "No date", card.kind, ...card.labels));
    const quote = make("blockquote", "em-quote", card.quote);
    const where = make("div", "em-where", joined(card.speaker, card.title));
    const number = make("a", "em-to-card", String(card.number));
    number.href = `#${card.id}`;
    number.setAttribute("aria-label", `Open source ${card.number}`);
    where.append(" ", number);
    figure.append(caption, quote, where);
    row.append(figure);
  }
  node.append(make("h3", "", "Side by side"), row);
  return node;
}
