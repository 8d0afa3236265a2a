// A question and its answer over POST /v1/ask. Reads the JSON of the contract; needs nothing but parts.js.

const box = document.getElementById("question");
const send = document.getElementById("send");
const place = document.getElementById("answer");
const token = document.querySelector('meta[name="earmark-token"]').content;
const verdicts = {
  quoted: "Quoted word for word",
  supported: "The answer was checked against these words",
  derived: "Counted in the answer",
};
const kinds = { episode: "Episode", newsletter: "Newsletter", article: "Article", summary: "Summary", document: "Document" };

function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (part) => String(part).padStart(2, "0");
  const [hour, minute, second] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hour ? `${hour}:${two(minute)}:${two(second)}` : `${minute}:${two(second)}`;
}

function day(published) {
  if (!published) return null;
  return new Date(published).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

function webLink(link) {
  return /^https?:\/\//i.test(link || "") ? link : null;
}

function card(citation) {
  const timed = citation.start_s !== null;
  return {
    ...citation,
    id: `cite-${citation.number}`,
    date: day(citation.published),
    kind: kinds[citation.kind],
    labels: [citation.ai_written && "AI-written", citation.advert && "Advert"].filter(Boolean),
    time: timed ? clock(citation.start_s) + (citation.approximate ? " (approximate time)" : "") : null,
    verdict: verdicts[citation.verdict],
    link: webLink(citation.link),
    link_text: timed ? `Open at ${clock(Math.max(0, citation.start_s - 1))}` : `Open the ${citation.kind}`,
  };
}

// Text around the claims; the title of a cited source stands between asterisks.
function frame(text, titles) {
  const runs = [];
  let rest = text;
  while (rest) {
    const [first] = titles
      .map((title) => ({ title, at: rest.indexOf(`*${title}*`) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at || b.title.length - a.title.length);
    if (!first) break;
    runs.push({ text: rest.slice(0, first.at) }, { text: first.title, title: true });
    rest = rest.slice(first.at + first.title.length + 2);
  }
  return [...runs, { text: rest }];
}

// Chips are placed by the claims' offsets, which count code points. What closes a claim, such as a
// quotation mark, and the claim's own numbers follow it; the chips take the place of the numbers.
function paragraphs(answer) {
  const letters = Array.from(answer.answer);
  const text = (start, end) => letters.slice(start, end).join("");
  const titles = [...new Set(answer.citations.map((citation) => citation.title))];
  const claims = answer.claims.filter((claim) => claim.citations.length).sort((a, b) => a.at[0] - b.at[0]);
  const runs = [];
  let at = 0;
  for (const claim of claims) {
    const [start, end] = claim.at;
    const found = text(end).match(/^([^\p{L}\p{N}_\s[]{0,4})((?:\s*\[\d+\])+)/u);
    const own = found && found[2].match(/\d+/g).every((number) => claim.citations.includes(Number(number)));
    runs.push(...frame(text(at, start), titles), { text: text(start, end) + (own ? found[1] : "") });
    for (const number of claim.citations) runs.push({ text: String(number), card: `cite-${number}` });
    at = end + (own ? Array.from(found[0]).length : 0);
  }
  return split([...runs, ...frame(text(at), titles)]);
}

function split(runs) {
  const parts = [[]];
  for (const run of runs) {
    const [first, ...rest] = run.text.split(/\n\s*\n/);
    parts[parts.length - 1].push({ ...run, text: first });
    for (const more of rest) parts.push([{ ...run, text: more }]);
  }
  return parts.map((one) => one.filter((run) => run.text)).filter((one) => one.length);
}

function show(answer) {
  const cards = answer.citations.map(card);
  const nodes = paragraphs(answer).map((runs) => paragraphNode(runs, cards));
  if (answer.notice) nodes.push(make("p", "em-notice", answer.notice));
  if (answer.status === "not_covered" && answer.nearest.length) {
    nodes.push(nearestNode(answer.nearest.map((near) => ({ title: near.title, date: day(near.published), link: webLink(near.link) }))));
  }
  const list = make("div");
  list.id = "cards";
  list.append(...cards.map(cardNode));
  place.replaceChildren(...nodes, list);
}

async function ask() {
  const question = box.value.trim();
  if (!question || send.disabled) return;
  send.disabled = true;
  place.replaceChildren(make("p", "em-stage", "Searching the archive…"));
  try {
    const response = await fetch("/v1/ask", {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json", "Earmark-Token": token },
      body: JSON.stringify({ question }),
    });
    const document = await response.json();
    if (response.ok) show(document);
    else place.replaceChildren(make("p", "em-problem", document.detail));
  } catch {
    place.replaceChildren(make("p", "em-problem", "The archive cannot be reached just now."));
  }
  send.disabled = false;
}

send.addEventListener("click", ask);
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing) ask();
});
place.addEventListener("click", (event) => {
  const chip = event.target.closest("a.earmark-cite");
  if (!chip) return;
  event.preventDefault();
  for (const old of place.querySelectorAll(".em-current")) old.classList.remove("em-current");
  const target = document.getElementById(chip.hash.slice(1));
  target.classList.add("em-current");
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "nearest" });
});
