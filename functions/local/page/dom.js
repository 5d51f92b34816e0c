// Elements from data. Everything that people wrote goes in as text; HTML of agents is rebuilt from an allowed few tags.

/** An element. `props`: attributes by name; `on` listeners; `data` the dataset. Children: elements, texts, or nothing. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'on') for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === 'data')
      for (const [key, entry] of Object.entries(value)) {
        if (entry != null) element.dataset[key] = entry;
      }
    else if (name === 'value') element.value = value;
    else if (value != null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

const ICONS = {
  bell: 'M3 11.5h10l-1.3-1.8V7a3.7 3.7 0 0 0-7.4 0v2.7zM6.8 13.5h2.4',
  check: 'M3 8.5l3.2 3L13 4.5',
  clock: 'M8 2.2a5.8 5.8 0 1 0 .01 0zM8 5v3.2l2 1.3',
  cross: 'M4 4l8 8M12 4l-8 8',
  dash: 'M4 8h8',
  down: 'M4 6l4 4 4-4',
  door: 'M2 8h7M6.5 5.5L9 8l-2.5 2.5M9 2.5h4.5v11H9',
  gone: 'M8 2.2a5.8 5.8 0 1 0 .01 0zM4 12L12 4',
  lock: 'M4 7.3h8v6H4zM5.5 7V5.3a2.5 2.5 0 0 1 5 0V7',
  page: 'M2.5 13.5v-9h6v9M8.5 7h5v6.5M1.5 13.5h13M5 7h1M5 10h1',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  photo: 'M2 3.5h12v9H2zM2.5 11.5L6 8l2.3 2.3L10.5 8l3 3M10.6 5.8v.01',
  question: 'M5.6 6a2.4 2.4 0 1 1 3.4 2.2c-.7.3-1 .8-1 1.7M8 12.5v.01',
  retry: 'M13 8.2a5 5 0 1 1-1.6-3.8M13 2.2v3h-3',
  ring: 'M8 3.8a4.2 4.2 0 1 0 .01 0z',
  search: 'M7 2.8a4.2 4.2 0 1 0 .01 0zM10.2 10.2l3.3 3.3',
  warn: 'M8 2.3l6.2 11.2H1.8zM8 6.3v3.6M8 11.8v.01',
};

/** A small drawing that repeats what the words beside it say. */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** A word with its symbol and tone: `good`, `bad`, `wait`, `doubt`, `info` or `calm`. */
export const badge = (tone, symbol, ...words) => h('span', { class: 'badge', data: { tone } }, icon(symbol), ...words);

/** Makes `nodes` the children of `parent` without moving those that stay, so that focus and typing survive. */
export function fill(parent, nodes) {
  const wanted = nodes.filter(Boolean);
  const stay = new Set(wanted);
  for (const child of [...parent.childNodes]) if (!stay.has(child)) child.remove();
  wanted.forEach((node, at) => {
    if (parent.childNodes[at] !== node) parent.insertBefore(node, parent.childNodes[at] ?? null);
  });
}

/** Remembers elements by key: the same element for as long as its data stay the same. */
export class Kept {
  #known = new Map();

  get(key, data, make) {
    const sign = JSON.stringify(data) ?? '';
    const known = this.#known.get(key);
    if (known?.sign === sign) return known.node;
    const node = make();
    this.#known.set(key, { sign, node });
    return node;
  }

  drop(key) {
    this.#known.delete(key);
  }
}

/** A clock time, or the date if it was not today. */
export function time(at) {
  const moment = new Date(at);
  const today = moment.toDateString() === new Date().toDateString();
  const shown = today
    ? moment.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
    : moment.toLocaleDateString([], { day: 'numeric', month: 'short', year: 'numeric' });
  return timeElement(moment, shown);
}

/** A date and a clock time. */
export function dateAndTime(at) {
  const moment = new Date(at);
  const format = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return timeElement(moment, moment.toLocaleString([], format));
}

const timeElement = (moment, shown) =>
  h('time', { datetime: moment.toISOString(), title: moment.toLocaleString() }, shown);

/** A place to write. `send(text, photo)` may throw; what it says is then shown and the text stays. */
export function composer({ label, button, rows = 1, value = '', photo = false, quick = true, send, cancel }) {
  const text = h('textarea', { rows, placeholder: label, 'aria-label': label, value });
  const problem = h('p', { class: 'problem', role: 'alert' });
  const submit = h('button', { type: 'submit', class: 'primary', title: quick ? 'Enter' : 'Ctrl+Enter' }, button);
  const attach =
    photo &&
    h(
      'button',
      {
        type: 'button',
        class: 'quiet',
        'aria-pressed': 'false',
        on: { click: () => attach.setAttribute('aria-pressed', attach.getAttribute('aria-pressed') !== 'true') },
      },
      icon('photo'),
      h('span', { class: 'word' }, 'Photo'),
    );
  const leave = cancel && h('button', { type: 'button', class: 'quiet', on: { click: cancel } }, 'Cancel');
  const form = h('form', { class: 'composer' }, text, h('div', { class: 'deeds' }, attach, leave, submit), problem);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const withPhoto = attach?.getAttribute?.('aria-pressed') === 'true';
    if (!text.value.trim() && !withPhoto) {
      problem.textContent = 'Write something first.';
      text.focus();
      return;
    }
    problem.textContent = '';
    submit.disabled = true;
    try {
      await send(text.value.trim(), withPhoto);
      text.value = '';
      attach?.setAttribute?.('aria-pressed', 'false');
    } catch (error) {
      problem.textContent = error.message;
    }
    submit.disabled = false;
  });
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && cancel) cancel();
    const sends =
      event.key === 'Enter' && !event.isComposing && (event.ctrlKey || event.metaKey || (quick && !event.shiftKey));
    if (!sends) return;
    event.preventDefault();
    form.requestSubmit();
  });
  return form;
}

const PLAIN = new Set([
  'p',
  'div',
  'br',
  'b',
  'strong',
  'i',
  'em',
  'u',
  's',
  'code',
  'pre',
  'blockquote',
  'ul',
  'ol',
  'li',
  'hr',
]);
const DROPPED = new Set(['script', 'style', 'template', 'iframe', 'object', 'head', 'title', 'svg', 'math', 'form']);
const DEEPEST = 40;

/** What HTML says, rebuilt: no attributes but web links' targets, no images, no unknown tags (their text stays). */
export function safe(html) {
  const shown = h('div', { class: 'rich' });
  rebuild(new DOMParser().parseFromString(html, 'text/html').body, shown, 0);
  return shown;
}

function rebuild(from, into, depth) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) into.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || depth > DEEPEST) continue;
    const tag = node.localName;
    if (DROPPED.has(tag)) continue;
    const element = PLAIN.has(tag) ? h(tag) : tag === 'a' ? link(node.getAttribute('href') ?? '') : null;
    if (tag === 'img') into.append(h('span', { class: 'photo' }, icon('photo'), 'Picture'));
    if (element) into.append(element);
    rebuild(node, element ?? into, depth + 1);
  }
}

function link(target) {
  return /^https?:\/\//i.test(target) ? h('a', { href: target, target: '_blank', rel: 'noopener noreferrer' }) : null;
}
