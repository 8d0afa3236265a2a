// What the conversation is limited to: named above the question box, each limit with a button that lifts it.
// The server reads it from the page's address and says what it is called (scope.py).

let scope = { chips: [], problems: [], searched: "this archive", keeps: false };
const bar = () => document.querySelector("#em-bar");

function takeScope(found) {
  scope = found;
  bar().querySelector("#em-scope-problem").replaceChildren(...scope.problems.map((problem) => make("span", "", problem)));
  showScope();
}

function showScope() {
  bar().querySelector("#em-scope").replaceChildren(...scope.chips.map(scopeNode));
  document.documentElement.toggleAttribute("data-scoped", scope.chips.length > 0);
}

function scopeNode(limit) {
  const node = make("li", "", `${limit.label} `);
  const button = buttonNode("×", "em-lift", () => lift(limit));
  button.setAttribute("aria-label", `Remove ${limit.label}`);
  node.append(button);
  return node;
}

// The address says it too, so that a reload does not bring it back.
function lift(limit) {
  scope.chips = scope.chips.filter((one) => one !== limit);
  const address = new URL(location.href);
  const others = [...address.searchParams].filter(([name, value]) => name !== limit.name || value.trim() !== limit.value);
  address.search = new URLSearchParams(others).toString();
  history.replaceState(null, "", address);
  showScope();
  say(`${limit.label}: removed`);
  questionBox().focus();
}

// As the contract's filters have it: several values of a name are alternatives; a day is one.
function filters() {
  const found = {};
  for (const { name, value } of scope.chips) {
    if (name === "since" || name === "until") found[name] = value;
    else (found[name] ??= []).push(value);
  }
  return found;
}

const searched = () => (scope.chips.length ? "what you chose" : scope.searched);
