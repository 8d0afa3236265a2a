// The conversation outlives a reload, in the tab's own storage: two tabs keep apart, a closed one forgets.

const keptAs = "earmark.conversation";
const keptForm = 1; // what was kept in another form is forgotten
const keptMost = 20;
const keptLongest = 500_000; // characters; browsers allow about ten times that

function keep(exchanges) {
  const words = (some) => JSON.stringify({ form: keptForm, exchanges: some });
  let some = exchanges.slice(-keptMost);
  while (some.length > 1 && words(some).length > keptLongest) some = some.slice(1);
  try {
    if (some.length) sessionStorage.setItem(keptAs, words(some));
    else sessionStorage.removeItem(keptAs);
  } catch {
    // A browser that may not store keeps the conversation until the page goes.
  }
}

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(keptAs));
    return found?.form === keptForm && found.exchanges.every(isWhole) ? found.exchanges.map(ended) : [];
  } catch {
    return [];
  }
}

function isWhole(exchange) {
  const lists = [exchange.paragraphs, exchange.cards, exchange.nearest, exchange.cut, exchange.done];
  return typeof exchange.question === "string" && lists.every(Array.isArray);
}

// What was still being answered when the page went is answered by nobody now.
function ended(exchange) {
  return exchange.stage ? { ...exchange, stage: "Stopped.", draft: null, done: [] } : exchange;
}

// A choice of the reader's, for every tab.
function remembered(name) {
  try {
    return localStorage.getItem(`earmark.${name}`);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`earmark.${name}`, value);
  } catch {
    // It holds until the page goes.
  }
}
