"use strict";
const rows = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const anchor = (id) => "q-" + encodeURIComponent(id);

// Everything from the run becomes text nodes; nothing of it is ever parsed as markup.
function make(tag, given = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...inside.filter((part) => part !== null && part !== undefined));
  return element;
}

function clock(seconds) {
  if (seconds === null) return null;
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const rest = two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60);
  return whole >= 3600 ? Math.floor(whole / 3600) + ":" + rest : rest;
}

const ORDER = ["right", "not found", "found but not cited", "cited but wrong", "wrongly refused", "wrongly answered", "not judged", "failed"];

function drawOutcomes() {
  const counts = ORDER.map((name) => [name, rows.filter((row) => row.outcome === name).length]).filter(([, n]) => n);
  const strip = make("div", { class: "strip", "aria-hidden": "true" });
  const keys = make("div", { class: "keys" });
  for (const [name, count] of counts) {
    strip.append(make("span", { class: "tone", "data-outcome": name, style: "flex:" + count }));
    const button = make("button", { type: "button", "data-outcome": name }, make("i", { class: "tone" }), name + " ", make("b", {}, String(count)));
    button.addEventListener("click", () => {
      byId("by-outcome").value = name;
      filter();
      byId("questions").scrollIntoView();
    });
    keys.append(button);
  }
  byId("outcomes").append(strip, keys);
}

// A title that the attribution sets in stars; stars that a source wrote stay as they are.
function emphases(row) {
  const found = [];
  for (const title of new Set(row.citations.map((citation) => citation.title))) {
    const starred = "*" + title + "*";
    for (let at = row.answer.indexOf(starred); at >= 0; at = row.answer.indexOf(starred, at + starred.length)) {
      found.push({ at, length: starred.length, shown: () => make("em", {}, title) });
    }
  }
  return found;
}

function markers(row) {
  const known = new Set(row.citations.map((citation) => String(citation.number)));
  return [...row.answer.matchAll(/\s*\[(\d+)\]/g)]
    .filter((match) => known.has(match[1]))
    .map((match) => ({
      at: match.index,
      length: match[0].length,
      shown: () => make("a", { href: "#" + anchor(row.id) + "-" + match[1] }, match[1]),
    }));
}

function answerText(row) {
  const shown = make("p", { class: "answer" });
  const place = (at) => Array.from(row.answer.slice(0, at)).length; // claims count code points
  const inClaim = (at) => row.claims.some((claim) => claim.at[0] <= place(at) && place(at) < claim.at[1]);
  let done = 0;
  for (const mark of [...emphases(row), ...markers(row)].sort((a, b) => a.at - b.at)) {
    const within = mark.at + mark.length - 1; // its last character: before a marker there are spaces
    if (mark.at < done || inClaim(within)) continue; // stars and brackets of the source's own
    shown.append(row.answer.slice(done, mark.at), mark.shown());
    done = mark.at + mark.length;
  }
  shown.append(row.answer.slice(done) || (row.answer ? "" : "No answer was given."));
  return shown;
}

function words(part, where, id) {
  const text = make("p", {}, part.before, make("mark", {}, part.quote), part.after);
  return make("div", { class: "words", id }, make("div", { class: "where" }, ...where), text);
}

function said(yes, whenYes, whenNo) {
  return make("span", { class: yes ? "yes" : "no" }, yes ? whenYes : whenNo);
}

function citation(row, one) {
  const title = one.link ? make("a", { href: one.link, rel: "noopener noreferrer" }, one.title) : one.title;
  const known = [one.speaker, clock(one.start_s), one.show, one.published].filter(Boolean).join(", ");
  const where = [make("b", {}, one.number + " "), title, known ? " (" + known + ") " : " ", one.verdict];
  if (one.ai_written) where.push(", AI-written");
  if (one.on_gold !== null) where.push(", ", said(one.on_gold, "on gold", "not on gold"));
  return words(one, where, anchor(row.id) + "-" + one.number);
}

function goldSpan(span) {
  const found = span.rank === null ? "not retrieved" : "retrieved at rank " + span.rank;
  const where = [make("b", {}, span.title), " ", said(span.rank !== null, found, found), ", ", said(span.cited, "cited", "not cited")];
  return words(span, where, null);
}

function goldSide(row) {
  const side = make("div", {}, make("h3", {}, "Gold"));
  const gold = row.gold;
  if (gold.answerable === false) side.append(make("p", { class: "answer" }, "The archive has no answer. " + (gold.answer || "")));
  else if (gold.answer) side.append(make("p", { class: "answer" }, gold.answer));
  if (gold.must_contain.length) {
    const groups = gold.must_contain.map((group) => group.map((word) => "“" + word + "”").join(" or ")).join("; ");
    side.append(make("p", { class: "note" }, "Must contain " + groups));
  }
  if (gold.spans.length > 1) side.append(make("p", { class: "note" }, gold.needs_all ? "All of these are needed." : "Any one of these is enough."));
  side.append(...gold.spans.map(goldSpan));
  side.append(...gold.warnings.map((warning) => make("p", { class: "notice" }, warning)));
  return side;
}

function body(row) {
  const answer = make("div", {}, make("h3", {}, "Answer (" + row.status.replace("_", " ") + ")"), answerText(row));
  if (row.notice) answer.append(make("p", { class: "notice" }, row.notice));
  answer.append(...row.citations.map((one) => citation(row, one)));
  if (row.nearest.length) {
    const near = row.nearest.map((one) => make("li", {}, one.link ? make("a", { href: one.link, rel: "noopener noreferrer" }, one.title) : one.title));
    answer.append(make("h3", {}, "Nearest"), make("ul", {}, ...near));
  }
  const inside = make("div", { class: "body" });
  if (row.history.length) {
    inside.append(make("ul", { class: "turns" }, ...row.history.map((turn) => make("li", {}, turn.role + ": " + turn.content))));
  }
  const figures = Object.entries(row.values).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  inside.append(answer, goldSide(row), make("dl", { class: "figures" }, ...figures));
  return inside;
}

function item(row) {
  const tag = make("span", { class: "tag", "data-outcome": row.outcome }, make("i"), row.outcome);
  const head = make("summary", {}, make("a", { class: "id", href: "#" + anchor(row.id), title: "Link to this question" }, row.id), make("span", {}, row.question), tag);
  const details = make("details", { class: "question", id: anchor(row.id) }, head);
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector(".body")) details.append(body(row));
  });
  return details;
}

function choices(id, values, all) {
  const select = byId(id);
  select.append(make("option", { value: "" }, all));
  for (const value of values) select.append(make("option", { value }, value));
  select.closest("label").hidden = !values.length;
  select.addEventListener("change", filter);
}

const items = rows.map(item);

function filter() {
  const wanted = byId("find").value.trim().toLowerCase();
  const [outcome, type, kind, show] = ["outcome", "type", "kind", "show"].map((name) => byId("by-" + name).value);
  let count = 0;
  rows.forEach((row, place) => {
    const fits =
      (!outcome || row.outcome === outcome) &&
      (!type || row.type === type) &&
      (!kind || row.kinds.includes(kind)) &&
      (!show || row.shows.includes(show)) &&
      (!wanted || (row.id + " " + row.question + " " + row.answer).toLowerCase().includes(wanted));
    items[place].hidden = !fits;
    count += fits;
  });
  byId("count").textContent = count + " of " + rows.length;
}

function openLinked() {
  const wanted = location.hash.slice(1);
  const place = rows.findIndex((row) => wanted === anchor(row.id) || wanted.startsWith(anchor(row.id) + "-"));
  if (place < 0) return;
  items[place].hidden = false;
  items[place].open = true;
  if (!items[place].querySelector(".body")) items[place].append(body(rows[place]));
  (document.getElementById(wanted) || items[place]).scrollIntoView({ behavior: "instant" });
}

const distinct = (values) => [...new Set(values)].filter(Boolean).sort();
drawOutcomes();
choices("by-outcome", ORDER.filter((name) => rows.some((row) => row.outcome === name)), "All");
choices("by-type", distinct(rows.map((row) => row.type)), "All");
choices("by-kind", distinct(rows.flatMap((row) => row.kinds)), "All");
choices("by-show", distinct(rows.flatMap((row) => row.shows)), "All");
byId("find").addEventListener("input", filter);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("list").append(...items);
filter();
addEventListener("hashchange", openLinked);
openLinked();
