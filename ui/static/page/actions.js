// What can be done with an answer: copy it, hand it on, ask anew, say what it is worth.

const verdictNames = { up: "Helpful", wrong_source: "Wrong source", down: "Not helpful" };
const dialog = make("dialog", "em-dialog");
dialog.setAttribute("aria-labelledby", "em-dialog-title");
document.body.append(dialog); // after the question box, which stays the first text box
const status = make("p", "em-unseen");
status.setAttribute("role", "status");
document.body.append(status);

function buttonNode(text, className, act) {
  const button = make("button", className, text);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

function actionsNode(exchange, { last, kept: isKept, again, edit, said }) {
  const node = make("div", "em-actions");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", "This answer");
  const add = (...made) => node.append(buttonNode(...made));
  const answered = Boolean(exchange.cards.length);
  if (answered) add("Copy with footnotes", "em-copy", (event) => copy(footnoted(exchange), "Copied", event.target));
  if (exchange.answer_id && isKept) add("Share link", "em-share", (event) => copy(addressOf(exchange), "Link copied", event.target));
  if (last) add("Retry", "em-again", again);
  add("Edit", "em-again", edit);
  if (exchange.answer_id && isKept) {
    for (const [verdict, name] of Object.entries(verdictNames)) {
      if (verdict === "wrong_source" && !answered) continue;
      const button = buttonNode(name, "em-verdict", () => judge(exchange, verdict, () => { said(verdict); press(node, verdict); }));
      button.dataset.verdict = verdict;
      node.append(button);
    }
    press(node, exchange.said);
  }
  return node;
}

function press(actions, said) {
  for (const button of actions.querySelectorAll(".em-verdict")) button.setAttribute("aria-pressed", String(button.dataset.verdict === said));
}

const addressOf = (exchange) => new URL(`a/${encodeURIComponent(exchange.answer_id)}`, location.href).href;

// The clipboard is closed to pages without https and to some frames: then the words are shown to be copied.
async function copy(words, done, button) {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    showToCopy(words);
    return;
  }
  say(done);
  const before = button.dataset.name || button.textContent;
  button.dataset.name = before;
  button.textContent = done;
  setTimeout(() => { button.textContent = before; }, 2000);
}

function say(words) {
  status.textContent = "";
  setTimeout(() => { status.textContent = words; }, 50); // the same words again are news only after none
}

function openDialog(title, ...nodes) {
  const head = make("h2", "", title);
  head.id = "em-dialog-title";
  dialog.replaceChildren(head, ...nodes);
  dialog.showModal();
}

function showToCopy(words) {
  const label = make("label", "", "This browser lets no page copy here. Copy it yourself:");
  const field = make("textarea");
  Object.assign(field, { value: words, readOnly: true, rows: Math.min(10, words.split("\n").length + 1) });
  label.append(field);
  const doors = make("p", "em-doors");
  doors.append(buttonNode("Close", "em-button", () => dialog.close()));
  openDialog("Copy", label, doors);
  field.select();
}

// Nothing is sent before the reader sends it.
function judge(exchange, verdict, noted) {
  const form = make("form");
  const label = make("label", "", "Anything to add? (you need not)");
  const comment = make("textarea");
  Object.assign(comment, { rows: 3, maxLength: 2000 });
  label.append(comment);
  const which = verdict === "wrong_source" ? whichNode(exchange) : null;
  if (which) form.append(which);
  const problem = make("p", "em-problem");
  problem.setAttribute("role", "alert");
  const doors = make("p", "em-doors");
  const send = make("button", "em-button em-first", "Send");
  doors.append(send, buttonNode("Cancel", "em-button", () => dialog.close()));
  form.append(label, make("p", "em-where", "It is kept with the question and the answer, for who looks after this archive."), problem, doors);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    const citation = which ? Number(which.querySelector("select").value) || null : null;
    problem.textContent = await sent({ answer_id: exchange.answer_id, verdict, citation, comment: comment.value.trim() || null });
    send.disabled = false;
    if (problem.textContent) return;
    noted();
    dialog.close();
    say("Thank you. It was noted.");
  });
  openDialog(verdictNames[verdict], form);
}

function whichNode(exchange) {
  const label = make("label", "", "Which number?");
  const select = make("select");
  for (const card of exchange.cards) {
    const option = make("option", "", joined(String(card.number), card.speaker, card.title));
    option.value = card.number;
    select.append(option);
  }
  label.append(select);
  return label;
}

// What is wrong, or nothing.
async function sent(feedback) {
  try {
    const response = await fetch("v1/feedback", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(feedback),
    });
    if (response.ok) return "";
    if (response.status === 404) return "This answer is no longer kept, so nothing can be noted with it.";
    return (await response.json()).detail || "It could not be noted.";
  } catch {
    return "The server could not be reached. Try again.";
  }
}
