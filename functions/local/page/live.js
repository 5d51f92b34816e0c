// Connections: streams that come back by themselves, states that are read again when something changed, and acts.

const AGAIN_MS = 1500;

/** Listens to server-sent events for ever. `heard(text, id)` per event, `state(connected)` whenever that changes. */
export function listen(url, heard, state) {
  let source = new EventSource(url);
  source.onopen = () => state(true);
  source.onmessage = (event) => heard(event.data, event.lastEventId);
  source.onerror = () => {
    state(false);
    // A browser tries again by itself, but not after an answer that is no stream.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(url, heard, state), AGAIN_MS);
  };
}

/** A stand-in's state: read now and after every change, never twice at once. */
export class Remote {
  #reading = false;
  #stale = false;

  constructor(title, base, changed, connection) {
    Object.assign(this, { title, base, changed, state: null, faults: [] });
    listen(`${base}/_sandbox/changes`, () => this.read(), connection);
  }

  async read() {
    this.#stale = true;
    if (this.#reading) return;
    this.#reading = true;
    while (this.#stale) {
      this.#stale = false;
      try {
        const get = async (what) => (await fetch(`${this.base}/_sandbox/${what}`)).json();
        [this.state, this.faults] = await Promise.all([get('state'), get('faults')]);
        this.changed();
      } catch {
        // The stream tells when it is there again; its first event reads anew.
      }
    }
    this.#reading = false;
  }

  /** Does something under `/_sandbox/`; throws the stand-in's own words if it refuses. */
  async post(what, body, method = 'POST') {
    let answer;
    try {
      const headers = { 'content-type': 'application/json' };
      answer = await fetch(`${this.base}/_sandbox/${what}`, { method, headers, body: body && JSON.stringify(body) });
    } catch {
      throw new Error('No connection. Is the demo still running?');
    }
    const text = await answer.text();
    const value = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {};
    if (!answer.ok) throw new Error(reason(value) ?? `Refused with ${answer.status}.`);
    return value;
  }
}

/** The words of a refusal, in whichever shape the API at hand has them. */
function reason(value) {
  const details = Array.isArray(value.errors) ? value.errors : Object.values(value.details ?? {}).flat();
  const words = details
    .map((one) => one.description ?? one.message)
    .filter(Boolean)
    .join(' ');
  const error = typeof value.error === 'string' ? value.error : value.error?.message;
  return [words || value.description, value.message, error].find((text) => typeof text === 'string' && text);
}

/** An id in a conversation key: what could be mistaken is percent-encoded. */
export function encodeId(id) {
  const plain = /[a-z0-9_.-]/;
  return [...new TextEncoder().encode(id)]
    .map((byte) =>
      plain.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}
