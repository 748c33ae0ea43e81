// Server-Sent Events of a POST, which EventSource cannot send.

/**
 * Sends an event and tells what comes back: `step`, then `reply` or `error`, each with its data.
 * Before a reply that was made for an earlier delivery of the event comes `replayed`.
 * Throws when the connection breaks before the last one.
 */
export async function ask(event, token, signal, tell) {
  const headers = { "content-type": "application/cloudevents+json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const body = JSON.stringify(event);
  const response = await fetch("/playground/ask", { method: "POST", headers, body, signal });
  if (!response.ok) {
    tell("error", { status: response.status, message: (await response.text()).trim() });
    return;
  }
  let ended = false;
  await read(response.body, (name, data) => {
    ended ||= name === "reply" || name === "error";
    tell(name, data && JSON.parse(data));
  });
  if (!ended) throw new Error("the connection ended before the reply");
}

async function read(body, tell) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const messages = (rest + value).split("\n\n");
    rest = messages.pop();
    for (const message of messages) {
      if (message === ": replayed") tell("replayed", "");
      const lines = message.split("\n");
      const name = lines.find((line) => line.startsWith("event: "));
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      if (name) tell(name.slice(7), data.join("\n"));
    }
  }
}
