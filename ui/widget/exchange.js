// One question and what has come in of its answer. What is drafted stands apart from what was verified.

let exchanges = 0;

class Exchange {
  constructor(question, { level, server }) {
    this.level = level; // of its heading
    this.server = server;
    this.question = question;
    this.answer = null; // the whole Answer, once it is there
    this.place = ++exchanges;
    this.claims = [];
    this.citations = new Map(); // number → citation
    this.node = make("article", "em-exchange");
    // While it grows it is not read out: it is, once, when it is whole.
    this.growing = make("div", "em-growing");
    this.growing.ariaLive = "off";
    this.whole = make("div", "em-whole");
    this.sources = make("div", "em-sources");
    this.sources.ariaLive = "off";
    const asked = make(`h${level}`, "em-asked", question);
    asked.dir = "auto";
    this.node.append(asked, this.growing, this.whole, this.sources);
    this.show("Searching the archive…");
  }

  take({ name, data }) {
    if (name === "sources") this.bring(data.citations || []);
    if (name === "token") this.show("Writing…", data.text);
    if (name === "claim") {
      this.claims.push(data);
      this.bring(data.cited || []);
      this.show("Writing…");
    }
    if (name === "done") this.finish(data);
  }

  show(stage, draft = "") {
    const kept = this.claims.filter((claim) => claim.citations.length);
    const nodes = coming(kept, this.idOf).map((runs) => this.paragraph(runs));
    if (draft) nodes.push(draftNode(draft));
    else nodes.push(make("p", "em-stage", stage));
    this.growing.replaceChildren(...nodes);
  }

  finish(answer) {
    this.answer = answer;
    this.citations = new Map();
    this.bring(answer.citations);
    const written = answer.citations.length && answer.model !== "extractive";
    const nodes = paragraphs(answer, this.idOf).map((runs) => this.paragraph(runs));
    if (written) nodes.push(make("p", "em-notice", "Written by an AI model from the sources below, and checked against them."));
    if (answer.notice) nodes.push(make("p", "em-notice", answer.notice));
    if (!answer.citations.length && answer.nearest.length) {
      nodes.push(nearestNode(answer.nearest.map((near) => ({ title: near.title, date: day(near.published), link: webLink(near.link) }))));
    }
    // The answer's own page, for who wants to quote it.
    if (answer.citations.length) nodes.push(openNode(new URL(`a/${encodeURIComponent(answer.id)}`, this.server).href, "Link to this answer"));
    const cut = answer.claims.filter((claim) => claim.verdict === "cut");
    if (cut.length) nodes.push(cutNode(cut));
    const focused = this.focusedChip();
    this.growing.replaceChildren();
    this.whole.replaceChildren(...nodes);
    if (focused) this.whole.querySelector(`a[href="${focused}"]`)?.focus();
  }

  // It will not be whole. What was verified stays, the draft goes.
  end(words, { failed, again }) {
    const button = make("button", "em-again", failed ? "Try again" : "Ask again");
    button.type = "button";
    button.addEventListener("click", again);
    this.show("");
    this.growing.lastElementChild.remove();
    this.whole.replaceChildren(make("p", failed ? "em-problem" : "em-notice", words), button);
  }

  // Sources keep their nodes, and so stay open, when the whole answer lists them again.
  bring(citations) {
    for (const citation of citations) this.citations.set(citation.number, citation);
    const cards = [...this.citations.values()].map((citation) => card(citation, this.idOf(citation.number)));
    const old = new Map([...this.sources.querySelectorAll("details")].map((node) => [node.id, node]));
    const nodes = cards.map((one) => {
      const key = JSON.stringify(one);
      const kept = old.get(one.id);
      return kept?.emKey === key ? kept : Object.assign(sourceNode(one), { emKey: key, open: kept?.open });
    });
    const title = make(`h${this.level + 1}`, "em-heading", nodes.length === 1 ? "1 source" : `${nodes.length} sources`);
    const shown = [...this.sources.children].slice(1);
    if (nodes.length && nodes.length === shown.length && nodes.every((node, at) => node === shown[at])) return;
    this.sources.replaceChildren(...(nodes.length ? [title, ...nodes] : []));
  }

  paragraph(runs) {
    const cards = [...this.citations.values()].map((citation) => card(citation, this.idOf(citation.number)));
    const node = paragraphNode(runs, cards);
    node.dir = "auto";
    return node;
  }

  focusedChip() {
    const active = this.node.getRootNode().activeElement;
    return active && this.growing.contains(active) ? active.getAttribute("href") : null;
  }

  idOf = (number) => `cite-${this.place}-${Number(number)}`;

  // The turns of this exchange, for the question after it.
  get turns() {
    if (!this.answer) return [];
    return [{ role: "user", content: this.question }, { role: "assistant", content: this.answer.answer }];
  }
}

// A sentence that nobody has checked yet; it may go again.
function draftNode(words) {
  const node = make("p", "em-text em-draft");
  node.dir = "auto";
  node.append(make("span", "em-label", "Draft, being checked"), " ", words);
  return node;
}

function cutNode(cut) {
  const node = make("details", "em-cut");
  const list = make("ul");
  list.append(...cut.map((claim) => make("li", "", claim.reason || "It did not stand.")));
  node.append(make("summary", "", `${cut.length} ${cut.length === 1 ? "sentence was" : "sentences were"} left out`), list);
  return node;
}
