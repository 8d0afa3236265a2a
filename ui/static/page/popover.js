// The quote that shows at a chip under the pointer or in focus.

const popover = make("div");
popover.id = "em-popover";
popover.setAttribute("role", "tooltip");
popover.hidden = true;
element.append(popover);

function preview(chip, card) {
  popover.replaceChildren(
    make("p", "em-quote", card.quote),
    make("p", "em-who", joined(card.speaker, card.time)),
    make("p", "em-where", joined(card.kind, card.title, card.show, card.date)),
    make("p", "em-where", joined([card.mark, card.verdict].filter(Boolean).join(" "), ...card.labels)),
  );
  popover.hidden = false;
  chip.setAttribute("aria-describedby", popover.id);
  const at = chip.getBoundingClientRect();
  const size = popover.getBoundingClientRect();
  const left = Math.min(Math.max(12, at.left - 24), window.innerWidth - size.width - 12);
  const above = at.top - size.height - 8;
  popover.style.left = `${left}px`;
  popover.style.top = `${above > 8 ? above : at.bottom + 8}px`;
}

const chipAt = (event) => event.target.closest?.("a.earmark-cite, a.em-to-card");

function previewChips(cardOf) {
  for (const name of ["mouseover", "focusin"]) {
    document.addEventListener(name, (event) => {
      const chip = chipAt(event);
      const card = chip && cardOf(chip);
      if (card) preview(chip, card);
      else popover.hidden = true;
    });
  }
  document.addEventListener("scroll", () => { popover.hidden = true; }, true);
}
