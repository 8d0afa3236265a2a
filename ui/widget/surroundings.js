// Whether the page around the widget is dark, whatever makes it so: its colours say, then its `color-scheme`.

const night = matchMedia("(prefers-color-scheme: dark)");

// Calls back now and whenever the answer may have changed; gives a function that ends this.
function watchDarkness(element, tell) {
  const look = () => tell(isDark(element));
  const later = () => {
    look();
    setTimeout(look, 400); // the end of most transitions
  };
  const watcher = new MutationObserver(later);
  for (const node of [document.documentElement, document.body]) {
    if (node) watcher.observe(node, { attributes: true });
  }
  night.addEventListener("change", later);
  look();
  return () => {
    watcher.disconnect();
    night.removeEventListener("change", later);
  };
}

// Half-transparent colours are laid over each other, and over what the browser paints behind a page.
function isDark(element) {
  let [light, seen] = [0, 1];
  for (let at = above(element); at; at = above(at)) {
    const [red, green, blue, alpha] = channels(getComputedStyle(at).backgroundColor);
    light += (seen * (alpha / 255) * (0.299 * red + 0.587 * green + 0.114 * blue)) / 255;
    seen *= 1 - alpha / 255;
  }
  return light + seen * (darkCanvas() ? 0.07 : 1) < 0.43;
}

function darkCanvas() {
  const meta = document.querySelector('meta[name="color-scheme"]')?.content || "";
  const scheme = getComputedStyle(document.documentElement).colorScheme + meta;
  return scheme.includes("dark") && (night.matches || !scheme.includes("light"));
}

function above(node) {
  return node.parentElement || node.getRootNode().host || null;
}

// Browsers give computed colours in the notation of the style sheet, such as oklch; a canvas gives bytes.
function channels(color) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data;
}
