// The same request for a terminal.

const QUOTE = /[^\w@%+=:,./-]/;

/** A text as one word of a POSIX shell. */
export function quoted(text) {
  return text !== "" && !QUOTE.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Name to command; where a tool cannot send the request, why. */
export function commandsFor(event, url, guarded) {
  const data = JSON.stringify(event.data);
  const bearer = guarded ? ` \\\n  -H "Authorization: Bearer $TRM_TOKEN"` : "";
  const headers = ["specversion", "id", "source", "type"].map(
    (name) => ` \\\n  -H ${quoted(`ce-${name}: ${event[name]}`)}`,
  );
  const curl =
    `curl -sS ${quoted(url)} \\\n  -H 'Content-Type: application/json'` +
    `${headers.join("")}${bearer} \\\n  -d ${quoted(data)}`;
  if (guarded) {
    const problem = "has no way to send the bearer token that this function asks for.";
    return { curl: { text: curl }, "func invoke": { problem }, "kn event send": { problem } };
  }
  const named = `--type ${quoted(event.type)} --source ${quoted(event.source)} --id ${quoted(event.id)}`;
  const invoke =
    `func invoke --target ${quoted(url)} --format cloudevent \\\n  ${named} \\\n` +
    `  --content-type application/json \\\n  --data ${quoted(data)}`;
  return { curl: { text: curl }, "func invoke": { text: invoke }, "kn event send": kn(event, url, named) };
}

function kn(event, url, named) {
  const fields = [];
  const problem = gather(event.data, "", fields);
  if (problem) return { problem: `cannot send this request: ${problem}.` };
  return { text: [`kn event send --to ${quoted(url)}`, `  ${named}`, ...fields].join(" \\\n") };
}

/** kn takes data field by field: texts raw, booleans and numbers in one form only, and no lists. */
function gather(value, path, fields) {
  if (Array.isArray(value)) return `${path} is a list`;
  if (value === null) return `${path} is null`;
  if (typeof value === "object") {
    const names = Object.keys(value);
    if (!names.length) return `${path || "the data"} is empty`;
    for (const name of names) {
      if (/[.=]/.test(name) || !name) return `the name ${name || "of a field"} has a point or =`;
      const problem = gather(value[name], path ? `${path}.${name}` : name, fields);
      if (problem) return problem;
    }
    return "";
  }
  if (typeof value === "string") {
    fields.push(`  --raw-field ${quoted(`${path}=${value}`)}`);
    return "";
  }
  let text = String(value);
  if (typeof value === "number" && !Number.isInteger(value)) {
    text = value.toFixed(6); // any other form it takes for text
    if (Number(text) !== value) return `${path} has more than six decimals`;
  }
  fields.push(`  --field ${quoted(`${path}=${text}`)}`);
  return "";
}
