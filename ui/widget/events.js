// A question over POST /v1/ask. EventSource can neither post nor send headers, so the stream is read by hand.

const unreachable = "The archive cannot be reached just now.";
const brokenOff = "The answer broke off before it was whole.";

// What the server refused or failed to do, in words for the reader.
class Refused extends Error {}

// Gives `{name, data}` for each event; the last is `done`. Throws `Refused`, or an AbortError when stopped.
async function* answerEvents(address, body, { headers, signal }) {
  const response = await reached(fetch(address, {
    method: "POST",
    mode: "cors",
    credentials: "omit",
    referrerPolicy: "strict-origin-when-cross-origin",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream", ...headers },
    body: JSON.stringify(body),
    signal,
  }));
  if (!response.ok) throw new Refused(await refusal(response));
  if (!(response.headers.get("Content-Type") || "").startsWith("text/event-stream")) {
    yield { name: "done", data: await reached(response.json()) };
    return;
  }
  for await (const { name, data } of serverSentEvents(response.body)) {
    if (name === "error") throw new Refused(data.detail || unreachable);
    yield { name, data };
    if (name === "done") return;
  }
  throw new Refused(brokenOff);
}

async function* serverSentEvents(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let [rest, name, data] = ["", "", []];
  try {
    for (;;) {
      const { value, done } = await reached(reader.read(), brokenOff);
      if (done) return;
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        const [, field, said] = line.match(/^([^:]*):? ?(.*)$/s);
        if (field === "event") name = said;
        if (field === "data") data.push(said);
        if (line) continue;
        if (data.length) yield { name, data: JSON.parse(data.join("\n")) };
        [name, data] = ["", []];
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

// Anything but being stopped is the network's fault, or that of a host's policy.
async function reached(promise, otherwise = unreachable) {
  try {
    return await promise;
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refused(otherwise);
  }
}

async function refusal(response) {
  const problem = await response.json().catch(() => ({}));
  const said = typeof problem.detail === "string" ? problem.detail : unreachable;
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? `${said} Try again in ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`}.` : said;
}
