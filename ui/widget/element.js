// <earmark-chat>: the conversation in a shadow tree, where the host's styles do not reach.
//
//   site      the public identifier of the site that asks
//   mode      inline (default), launcher, or page, which fills its window and reads `site`, `q` and `theme` from its address
//   heading   what stands above it and on the launcher
//   question  what is in the box to begin with
//   theme     light or dark; without it the host's colours decide

const server = new URL(".", import.meta.url);
const asking = new URL("v1/ask", server);
const remembered = 8; // earlier exchanges that go along with a question
const narrow = matchMedia("(max-width: 480px)");
const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);
const scaled = registered("--em-size");

// Whether a custom property holds a computed length: then sizes follow what the reader has set in the browser.
function registered(name) {
  try {
    CSS.registerProperty({ name, syntax: "<length>", inherits: true, initialValue: "16px" });
    return true;
  } catch (error) {
    return error.name === "InvalidModificationError"; // another copy of this script was first
  }
}

class EarmarkChat extends HTMLElement {
  #exchanges = [];
  #running = null; // the AbortController of the question being answered
  #opener = null; // the chip that opened a source
  #unwatch = null;
  #parts = null;
  #session = String(crypto.getRandomValues(new Uint32Array(3))).replaceAll(",", ""); // gone with the page

  connectedCallback() {
    if (!this.#parts) this.#build();
    const theme = this.#given("theme");
    const { root } = this.#parts;
    const darken = (dark) => root.classList.toggle("em-dark", dark);
    if (theme === "light" || theme === "dark") darken(theme === "dark");
    else this.#unwatch = watchDarkness(this, darken);
  }

  disconnectedCallback() {
    this.#unwatch?.();
    this.#unwatch = null;
    this.#running?.abort();
  }

  // In a page of its own the address speaks for the element; but nobody puts words above it by a link.
  #given(name, otherwise = "") {
    const known = this.getAttribute("mode") === "page" ? { site: "site", question: "q", theme: "theme" } : {};
    const told = name in known && new URLSearchParams(location.search).get(known[name]);
    return told || this.getAttribute(name) || otherwise;
  }

  #build() {
    const mode = ["launcher", "page"].includes(this.getAttribute("mode")) ? this.getAttribute("mode") : "inline";
    const heading = this.#given("heading", "Ask the archive");
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    const root = make("div", `em-root em-${mode}${scaled ? " em-scaled" : ""}`);
    root.lang = "en";
    const panel = mode === "launcher" ? make("dialog", "em-panel") : make("section", "em-panel");
    panel.ariaLabel = heading;
    const intro = make("p", "em-intro", "Answers come with the exact words they rest on. Every number opens its source.");
    this.#parts = { mode, root, panel, intro, ...this.#conversation() };
    const { log, status, ask } = this.#parts;
    const top = make("header", "em-top");
    top.append(make(mode === "page" ? "h1" : "h2", "em-name", heading));
    panel.append(top, intro, log, status, ask);
    root.append(panel);
    if (mode === "launcher") this.#launch(heading, top);
    root.addEventListener("click", (event) => this.#clicked(event));
    root.addEventListener("keydown", (event) => this.#escaped(event));
    shadow.append(root);
    this.#parts.box.value = this.#given("question");
  }

  #conversation() {
    const log = make("div", "em-log");
    log.role = "log";
    log.ariaLabel = "Conversation";
    const status = make("p", "em-unseen");
    status.role = "status";
    // No form: a sandboxed frame may not submit one.
    const ask = make("div", "em-ask");
    const label = make("label", "", "Your question");
    const box = make("textarea", "em-box");
    Object.assign(box, { id: "question", rows: 1, autocomplete: "off", enterKeyHint: "send" });
    label.htmlFor = "question";
    const send = make("button", "em-send", "Ask");
    send.type = "button";
    send.addEventListener("click", () => (this.#running ? this.#running.abort() : this.#ask(box.value)));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!this.#running) this.#ask(box.value);
    });
    ask.append(label, box, send);
    return { log, status, ask, box, send };
  }

  #launch(heading, top) {
    const { root, panel, box } = this.#parts;
    const opener = make("button", "em-launch", heading);
    const close = make("button", "em-close", "Close");
    opener.type = close.type = "button";
    opener.ariaHasPopup = "dialog";
    opener.ariaExpanded = "false";
    opener.addEventListener("click", () => {
      // On a phone it covers the page, which then must not be reached behind it.
      if (panel.open) panel.close();
      else narrow.matches ? panel.showModal() : panel.show();
      opener.ariaExpanded = String(panel.open);
      if (panel.open) box.focus();
    });
    close.addEventListener("click", () => panel.close());
    panel.addEventListener("close", () => {
      opener.ariaExpanded = "false";
      opener.focus();
    });
    top.append(close);
    root.prepend(opener);
  }

  async #ask(words) {
    const question = words.trim();
    if (!question || this.#running) return;
    const { mode, log, box, status, intro } = this.#parts;
    const exchange = new Exchange(question, { level: mode === "page" ? 2 : 3, server });
    const history = this.#exchanges.flatMap((one) => one.turns).slice(-2 * remembered);
    this.#exchanges.push(exchange);
    intro.remove();
    log.append(exchange.node);
    log.scrollTop += exchange.node.getBoundingClientRect().top - log.getBoundingClientRect().top;
    box.value = "";
    status.textContent = "Searching the archive…";
    const stopper = new AbortController();
    this.#busy(stopper);
    const again = () => this.#again(exchange);
    try {
      for await (const event of answerEvents(asking, this.#body(question, history), { headers: this.#headers(), signal: stopper.signal })) {
        exchange.take(event);
      }
      status.textContent = "";
    } catch (error) {
      const failed = error.name !== "AbortError";
      const known = error instanceof Refused;
      exchange.end(!failed ? "Stopped." : known ? error.message : unreachable, { failed, again });
      status.textContent = "";
      if (error.message === unreachable) console.warn(this.#advice());
      if (failed && !known) console.error(error);
    } finally {
      this.#busy(null);
    }
  }

  // A browser tells a page nothing about why it may not ask: this is for whoever puts it there.
  #advice() {
    return `earmark-chat: ${asking} did not answer. Is ${location.origin} one of the origins of the site `
      + `"${this.#given("site")}" (earmark site list)? Does this page's policy allow connect-src ${server.origin}?`;
  }

  #again(exchange) {
    if (this.#running) return;
    this.#exchanges = this.#exchanges.filter((one) => one !== exchange);
    exchange.node.remove();
    this.#parts.box.focus({ preventScroll: true });
    this.#ask(exchange.question);
  }

  #body(question, history) {
    return { question, history, stream: true, site: this.#given("site") || null };
  }

  // The page of the frame has a token, for the origin of a sandboxed frame says nothing.
  #headers() {
    const session = { "Earmark-Session": this.#session };
    const token = this.#parts.mode === "page" && document.querySelector('meta[name="earmark-token"]')?.content;
    return token ? { ...session, "Earmark-Token": token } : session;
  }

  #busy(stopper) {
    this.#running = stopper;
    const { send, log } = this.#parts;
    send.textContent = stopper ? "Stop" : "Ask";
    send.classList.toggle("em-stop", Boolean(stopper));
    log.ariaBusy = String(Boolean(stopper));
  }

  #clicked(event) {
    const chip = event.target.closest("a.earmark-cite");
    if (!chip) return;
    event.preventDefault();
    const source = this.shadowRoot.getElementById(chip.hash.slice(1));
    if (!source) return;
    this.#mark(source);
    this.#opener = chip;
    source.open = true;
    source.querySelector("summary").focus({ preventScroll: true });
    source.scrollIntoView({ block: "nearest" });
  }

  // First back to the chip one came from, then out of the launcher's panel.
  #escaped(event) {
    if (event.key !== "Escape") return;
    const { panel, mode } = this.#parts;
    const source = this.#opener?.isConnected && event.target.closest("details.em-current");
    if (source) {
      event.preventDefault();
      event.stopPropagation();
      source.open = false;
      this.#mark(null);
      this.#opener.focus();
      this.#opener = null;
    } else if (mode === "launcher" && panel.open) {
      event.preventDefault();
      event.stopPropagation();
      panel.close();
    }
  }

  #mark(source) {
    for (const old of this.shadowRoot.querySelectorAll(".em-current")) old.classList.remove("em-current");
    source?.classList.add("em-current");
  }
}

if (!customElements.get("earmark-chat")) customElements.define("earmark-chat", EarmarkChat);
