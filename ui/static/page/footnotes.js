// An answer as Markdown with footnotes, for who writes the next issue. Pure.

// What Markdown would read as its own; brackets too, or a source's `[^2]` would be a footnote of ours.
const markdownWords = (text) => text.replace(/[\\`*_[\]<>]/g, "\\$&").replace(/^(\s*)([#+-]|\d+\.)(?=\s)/gm, "$1\\$2");
const oneLine = (text) => markdownWords(text.replace(/\s+/g, " ").trim());

function footnoted(exchange) {
  const number = new Map(exchange.cards.map((card) => [card.id, card.number]));
  const words = exchange.paragraphs.map((runs) =>
    runs
      .map((run) => (run.card ? `[^${number.get(run.card)}]` : run.title ? `*${oneLine(run.text)}*` : markdownWords(run.text)))
      .join("")
      .trim(),
  );
  return [...words, exchange.cards.map(footnote).join("\n")].filter(Boolean).join("\n\n") + "\n";
}

function footnote(card) {
  const who = card.speaker ? `${oneLine(card.speaker)}, ` : "";
  const where = [`*${oneLine(card.title)}*`, card.show && oneLine(card.show), card.date, card.time, ...card.labels];
  const link = card.link ? ` <${card.link.replace(/>/g, "%3E")}>` : "";
  return `[^${card.number}]: “${oneLine(card.quote)}” ${who}${where.filter(Boolean).join(", ")}.${link}`;
}
