// Reads from the function that cannot hang.

const PATIENCE = 4000;

/** The response to a GET; null where none comes, because the function is down or restarts. */
export async function get(path, token) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  try {
    return await fetch(path, { headers, signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    return null;
  }
}
