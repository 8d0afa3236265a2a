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
    this.kept = make("div");
    this.draft = make("div");
    this.growing.append(this.kept, this.draft);
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
    if (name === "claim") this.keep(data);
    if (name === "done") this.finish(data);
  }

  // Only what is new is built anew: a reader may be on a chip, or have words selected.
  keep(claim) {
    this.bring(claim.cited || []);
    if (claim.citations.length) {
      const focused = this.focusedChip();
      this.claims.push(claim);
      this.kept.replaceChildren(...coming(this.claims, this.idOf).map((runs) => this.paragraph(runs)));
      this.focusChip(focused, this.kept);
    }
    this.show("Writing…");
  }

  show(stage, draft = "") {
    this.draft.replaceChildren(draft ? draftNode(draft) : make("p", "em-stage", stage));
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
    this.focusChip(focused, this.whole);
  }

  // It will not be whole. What was verified stays, the draft goes.
  end(words, { failed, again }) {
    const button = make("button", "em-again", failed ? "Try again" : "Ask again");
    button.type = "button";
    button.addEventListener("click", again);
    this.draft.remove();
    this.whole.replaceChildren(make("p", failed ? "em-problem" : "em-notice", words), button);
  }

  // Sources keep their nodes, and so stay open, in focus and audible, when more come or the answer is whole.
  bring(citations) {
    for (const citation of citations) this.citations.set(citation.number, citation);
    const shown = [...this.sources.querySelectorAll("details")];
    const nodes = this.cards().map((one) => {
      const key = JSON.stringify(one);
      const old = shown.find((node) => node.id === one.id);
      return old?.emKey === key ? old : Object.assign(sourceNode(one), { emKey: key, open: Boolean(old?.open) });
    });
    if (!nodes.length) this.sources.replaceChildren();
    else if (shown.length && shown.every((node, at) => node === nodes[at])) this.sources.append(...nodes.slice(shown.length));
    else this.sources.replaceChildren(make(`h${this.level + 1}`, "em-heading"), ...nodes);
    if (nodes.length) this.sources.firstChild.textContent = nodes.length === 1 ? "1 source" : `${nodes.length} sources`;
  }

  cards() {
    return [...this.citations.values()].map((citation) => card(citation, this.idOf(citation.number)));
  }

  paragraph(runs) {
    const node = paragraphNode(runs, this.cards());
    node.dir = "auto";
    return node;
  }

  focusedChip() {
    const active = this.node.getRootNode().activeElement;
    return active && this.growing.contains(active) ? active.getAttribute("href") : null;
  }

  focusChip(address, place) {
    if (address) place.querySelector(`a[href="${address}"]`)?.focus({ preventScroll: true });
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
