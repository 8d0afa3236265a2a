// The conversation. It lives here, in the browser: the server is sent a question with the turns before it, and
// sends the states of its answer as render.py describes them. Runs once, when Gradio has put page.html into
// `element`; `props.value` is the newest state, `trigger` asks.

const log = element.querySelector("#em-log");
const historyTurns = 8; // how much of a conversation is sent along
const quietSeconds = 5;
let conversation = kept();
let running = null; // the run that is being answered
let editing = null; // the place of the question that is being asked anew
let runs = 0;
let early = null; // what was sent before Gradio listens

const questionBox = () => document.querySelector("#earmark-question textarea");

function render() {
  const settings = (exchange, place) => ({ ...exchange, last: place === conversation.length - 1, kept: scope.keeps });
  show(log, conversation.map(settings), dressed);
  showSources(conversation);
  root.toggleAttribute("data-asked", conversation.length > 0);
  root.toggleAttribute("data-busy", Boolean(running));
}

function dressed(exchange, old) {
  const node = exchangeNode(exchange, old);
  node.querySelector(".em-actions")?.remove();
  if (!exchange.stage || exchange.stage === "Stopped.") {
    const place = () => [...log.children].indexOf(node);
    node.append(
      actionsNode(exchange, {
        last: exchange.last,
        kept: exchange.kept,
        again: () => ask(exchange.question, place()),
        edit: () => edit(place()),
        said: (verdict) => { conversation[place()].said = verdict; keep(conversation); },
      }),
    );
  }
  return node;
}

// Whether it is asked: not while another is answered, and not when there is nothing to ask.
function ask(words, place = editing ?? conversation.length) {
  const question = words.trim();
  if (running || !question) return false;
  conversation = conversation.slice(0, place);
  const turns = conversation.filter((one) => one.text).flatMap((one) => [
    { role: "user", content: one.question },
    { role: "assistant", content: one.text },
  ]);
  running = `${Date.now()}-${++runs}`;
  conversation.push(waiting(question));
  stopEditing();
  change();
  log.lastElementChild.scrollIntoView({ block: "start" });
  watchOver(running);
  trigger("ask", { run: running, question, history: turns.slice(-historyTurns), filters: filters() });
  return true;
}

// A server that is gone says nothing: after a while without a word it is looked for.
function watchOver(run) {
  const before = conversation.at(-1);
  setTimeout(async () => {
    if (running !== run) return;
    if (conversation.at(-1) === before && !(await isThere())) lost();
    else watchOver(run);
  }, quietSeconds * 1000);
}

async function isThere() {
  try {
    return (await fetch("healthz")).ok;
  } catch {
    return false;
  }
}

function lost() {
  end({ stage: null, draft: null, done: [], problem: "The answer did not come through. Retry it." });
}

function waiting(question) {
  const nothing = { problem: null, notice: null, author: null, draft: null, answer_id: null };
  const empty = { done: [], paragraphs: [], nearest: [], cards: [], cut: [] };
  return { question, stage: `Searching ${searched()}…`, text: "", ...nothing, ...empty };
}

function change() {
  keep(conversation);
  render();
}

// What a run that was stopped had still to say is no longer heard.
function take() {
  const said = props.value;
  if (!said || said.run !== running) return;
  conversation[conversation.length - 1] = said.exchange;
  if (said.exchange.stage) render();
  else end();
}

function end(words = {}) {
  if (!running) return;
  running = null;
  Object.assign(conversation[conversation.length - 1], words);
  change();
}

function edit(place) {
  if (running) return;
  editing = place;
  const after = conversation.length - place - 1;
  const goes = after ? `; the ${after === 1 ? "question" : `${after} questions`} after it will go` : "";
  bar().querySelector("#em-editing span").textContent = `Editing an earlier question${goes}`;
  root.dataset.editing = "";
  fill(conversation[place].question);
}

function stopEditing() {
  editing = null;
  delete root.dataset.editing;
}

// Gradio's text box listens to `input`.
function fill(words) {
  const box = questionBox();
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

// Gradio shows its text box some moments before it hears of Enter. What it opens the page with tells that it does.
function pressed() {
  const words = questionBox().value;
  if (root.emOpened) return askFor(words);
  early = words;
  setTimeout(askEarly, quietSeconds * 1000);
}

function askFor(words) {
  if (ask(words)) fill("");
}

// Unless the box holds other words by now: those are not sent.
function askEarly() {
  const words = early;
  early = null;
  if (words !== null && words === questionBox().value) askFor(words);
}

function beginAnew() {
  if (running) document.querySelector("#earmark-stop").click();
  conversation = [];
  stopEditing();
  closeSources();
  silence();
  change();
  questionBox().focus();
}

previewChips((chip) => conversation.flatMap((one) => one.cards).find((card) => chip.hash === `#${card.id}`));
log.addEventListener("click", (event) => {
  const chip = chipAt(event);
  if (!chip) return;
  event.preventDefault();
  openSource(chip);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || dialog.open) return;
  if (popover.hidden) closeSources();
  popover.hidden = true;
});
// From the blocks of chat.py. A question that is taken says so, or else it stays in its box.
document.addEventListener("earmark:ask", (event) => { if (ask(event.detail)) event.preventDefault(); });
document.addEventListener("earmark:stop", () => end({ stage: "Stopped.", draft: null, done: [] }));
document.addEventListener("earmark:lost", lost);
document.addEventListener("earmark:opened", () => {
  takeScope(root.emOpened);
  render();
  askEarly();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target !== questionBox()) return;
  // Enter may also take a new line, or a word from an input method, which Safari tells by the code 229 alone.
  if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  event.stopPropagation();
  pressed();
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest("#em-new")) beginAnew();
  if (event.target.closest("#em-editing button")) { stopEditing(); fill(""); }
});
window.addEventListener("pagehide", () => keep(conversation));

watch("value", take);
if (root.emOpened) takeScope(root.emOpened);
render();
if (conversation.length) log.lastElementChild.scrollIntoView({ block: "start" });
