// Server-Sent Events of a POST, which EventSource cannot send.

/**
 * Send an event and report what comes back: `step`, then `reply` or `error`, each with its data.
 * Before a reply that was made for an earlier delivery of the event comes `replayed`.
 * Throw when the connection breaks before the last one.
 */
export async function ask(event, token, signal, report) {
  const headers = { "content-type": "application/cloudevents+json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const body = JSON.stringify(event);
  const response = await fetch("/playground/ask", { method: "POST", headers, body, signal });
  if (!response.ok) {
    report("error", { status: response.status, message: (await response.text()).trim() });
    return;
  }
  let ended = false;
  await read(response.body, (name, data) => {
    ended ||= name === "reply" || name === "error";
    report(name, data && JSON.parse(data));
  });
  if (!ended) throw new Error("the connection ended before the reply");
}

async function read(body, report) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const messages = (rest + value).split("\n\n");
    rest = messages.pop();
    for (const message of messages) {
      if (message === ": replayed") report("replayed", "");
      const lines = message.split("\n");
      const name = lines.find((line) => line.startsWith("event: "));
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      if (name) report(name.slice(7), data.join("\n"));
    }
  }
}
