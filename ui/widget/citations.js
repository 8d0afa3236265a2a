// From the JSON of an Answer to runs of words, titles and chips, and to what a card says. Pure.

const kinds = { episode: "Episode", newsletter: "Newsletter", article: "Article", summary: "Summary", document: "Document" };
const verdicts = {
  quoted: "Quoted word for word",
  supported: "The answer was checked against these words",
  derived: "Counted in the answer",
};
const marks = { supported: "✓", derived: "Σ" };
const recording = /\.(mp3|m4a|m4b|mp4|aac|og[ga]|opus|wav|flac)$/i;
// Claims further apart than this have words of their own between them: each is a paragraph while they come in.
const nearby = 12;

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
  return URL.canParse(link || "") && /^https?:$/.test(new URL(link).protocol) ? link : null;
}

// What a card says of a citation. `audio` is set where the link is a recording that a browser can play.
function card(citation, id) {
  const timed = citation.start_s !== null;
  const link = webLink(citation.link);
  return {
    ...citation,
    id,
    date: day(citation.published),
    kind: kinds[citation.kind] || citation.kind,
    labels: [citation.ai_written && "AI-written", citation.advert && "Advert"].filter(Boolean),
    time: timed ? clock(citation.start_s) + (citation.approximate ? " (approximate time)" : "") : null,
    verdict: verdicts[citation.verdict],
    mark: marks[citation.verdict] || "",
    link,
    audio: timed && link && recording.test(new URL(link).pathname) ? link : null,
    from: timed ? Math.max(0, Math.floor(citation.start_s - 1)) : null,
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
function paragraphs(answer, idOf) {
  const letters = Array.from(answer.answer);
  const text = (start, end) => letters.slice(start, end).join("");
  const titles = [...new Set(answer.citations.map((citation) => citation.title))];
  const claims = answer.claims.filter((claim) => claim.citations.length).sort((a, b) => a.at[0] - b.at[0]);
  const runs = [];
  let at = 0;
  for (const claim of claims) {
    const [start, end] = claim.at;
    if (start < at) continue;
    const found = text(end).match(/^([^\p{L}\p{N}_\s[]{0,4})((?:\s*\[\d+\])+)/u);
    const own = found && found[2].match(/\d+/g).every((number) => claim.citations.includes(Number(number)));
    runs.push(...frame(text(at, start), titles), { text: text(start, end) + (own ? found[1] : "") }, ...chips(claim, idOf));
    at = end + (own ? Array.from(found[0]).length : 0);
  }
  return split([...runs, ...frame(text(at), titles)]);
}

// Claims as they come in, before the words between them are known.
function coming(claims, idOf) {
  const parts = [];
  let until = -Infinity;
  for (const claim of claims) {
    if (claim.at[0] - until > nearby) parts.push([]);
    else parts[parts.length - 1].push({ text: " " });
    parts[parts.length - 1].push({ text: claim.text }, ...chips(claim, idOf));
    until = claim.at[1];
  }
  return parts;
}

function chips(claim, idOf) {
  return claim.citations.map((number) => ({ text: String(number), card: idOf(number) }));
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
