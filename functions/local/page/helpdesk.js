// The agent's side: tickets with their comments and notes, and what an agent can do with them.

import { Kept, badge, composer, fill, h, icon, safe, time } from './dom.js';

/** What differs between the stand-ins: how a ticket reads, and what solving one is called. */
const KINDS = {
  zendesk: {
    title: 'Zendesk',
    solve: ['solve', 'Solve'],
    tickets: (state) =>
      state.tickets.map((ticket) => ({
        ...ticket,
        conversation: ticket.external_id,
        requester: ticket.requester.name,
        entries: ticket.comments.map((entry) => ({ ...entry, who: entry.role === 'end-user' ? 'customer' : 'agent' })),
      })),
  },
  freshdesk: {
    title: 'Freshdesk',
    solve: ['resolve', 'Resolve'],
    tickets: (state) =>
      state.tickets.map((ticket) => ({ ...ticket, status: ticket.deleted ? 'deleted' : ticket.status })),
  },
};
const STATUS = {
  new: ['wait', 'bell'],
  open: ['info', 'ring'],
  pending: ['calm', 'clock'],
  hold: ['calm', 'pause'],
  solved: ['good', 'check'],
  resolved: ['good', 'check'],
  closed: ['calm', 'lock'],
  deleted: ['calm', 'gone'],
};

export class Helpdesk {
  #kept = new Kept();
  #open = null; // `helpdesk:ticket` of the one that is open
  #notes = new Map(); // ticket -> whether the next words are a note

  constructor(app) {
    this.app = app;
  }

  get remote() {
    return this.app.helpdesks[this.app.brand.helpdesk];
  }

  get kind() {
    return KINDS[this.app.brand.helpdesk];
  }

  get tickets() {
    return this.remote.state ? this.kind.tickets(this.remote.state) : [];
  }

  /** Opens the newest ticket of a conversation. */
  reveal(conversation) {
    const ticket = this.tickets.find((one) => one.conversation === conversation);
    if (ticket) this.#open = this.#key(ticket);
    this.render();
  }

  render() {
    document.getElementById('helpdesk-title').textContent = this.kind.title;
    if (!this.remote.state) return;
    const tickets = this.tickets;
    const empty = this.#kept.get(`empty:${this.app.brand.name}`, this.app.firstStep, () =>
      h('p', { class: 'empty' }, `No tickets yet. ${this.app.firstStep} It becomes a ticket here.`),
    );
    fill(document.getElementById('tickets'), tickets.length ? tickets.map((ticket) => this.#ticket(ticket)) : [empty]);
    this.app.mark();
  }

  #key(ticket) {
    return `${this.app.brand.helpdesk}:${ticket.id}`;
  }

  #ticket(ticket) {
    const key = this.#key(ticket);
    const isOpen = this.#open === key;
    const section = this.#kept.get(`ticket:${key}`, ticket.conversation, () =>
      h('section', { class: 'ticket', data: { ticket: ticket.id, conversation: ticket.conversation } }),
    );
    section.toggleAttribute('data-open', isOpen);
    const { entries, ...facts } = ticket;
    const head = this.#kept.get(`head:${key}`, [facts, isOpen, entries.length], () => this.#head(ticket, key, isOpen));
    fill(
      section,
      isOpen
        ? [
            head,
            this.#facts(ticket, key),
            ...entries.map((entry, at) => this.#entry(entry, key, at)),
            this.#answer(ticket, key),
          ]
        : [head],
    );
    return section;
  }

  #head(ticket, key, isOpen) {
    const status = ticket.status.toLowerCase();
    const [tone, symbol] = STATUS[status] ?? ['calm', 'ring'];
    const toggle = () => {
      this.#open = isOpen ? null : key;
      this.render();
      document.querySelector(`#tickets [data-ticket="${CSS.escape(String(ticket.id))}"] .opener`)?.focus();
      if (!isOpen && ticket.conversation) this.app.select(ticket.conversation, 'helpdesk');
    };
    return h(
      'h3',
      {},
      h(
        'button',
        { type: 'button', class: 'opener', 'aria-expanded': String(isOpen), on: { click: toggle } },
        h('span', { class: 'subject', dir: 'auto' }, ticket.subject || 'No subject'),
        badge(tone, symbol, status),
        h(
          'span',
          { class: 'about' },
          `#${ticket.id} · ${ticket.requester} · ${ticket.entries.length === 1 ? '1 comment' : `${ticket.entries.length} comments`}`,
        ),
      ),
    );
  }

  #facts(ticket, key) {
    const fields = Object.entries(ticket.fields ?? {});
    return this.#kept.get(`facts:${key}`, [ticket.tags, ticket.conversation, fields], () =>
      h(
        'div',
        { class: 'facts' },
        h(
          'ul',
          { class: 'tags', 'aria-label': 'Tags' },
          ticket.tags.map((tag) =>
            h('li', { data: { alarm: /_un(delivered|confirmed)$/.test(tag) ? '' : null } }, tag),
          ),
        ),
        fields.length > 0 &&
          h(
            'dl',
            { class: 'fields', 'aria-label': 'Fields' },
            fields.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, String(value)))),
          ),
        ticket.conversation && h('p', { class: 'key' }, ticket.conversation),
      ),
    );
  }

  #entry(entry, key, at) {
    return this.#kept.get(`entry:${key}:${at}`, entry, () =>
      h(
        'article',
        { class: 'entry', data: { who: entry.who, note: entry.public ? null : '' } },
        h(
          'div',
          { class: 'by' },
          h('span', { class: 'who' }, entry.author || 'Somebody'),
          entry.public
            ? entry.who === 'agent' && badge('calm', 'check', 'Public reply')
            : badge('wait', 'lock', 'Private note'),
          time(entry.at),
        ),
        safe(entry.html),
        entry.files.map((name) => h('p', { class: 'photo' }, icon('photo'), name)),
      ),
    );
  }

  /** Where the agent writes. It stays the same element while the ticket is open, so that nothing typed is lost. */
  #answer(ticket, key) {
    const status = ticket.status.toLowerCase();
    if (['closed', 'deleted'].includes(status))
      return this.#kept.get(`ended:${key}`, status, () => h('p', { class: 'empty' }, `This ticket is ${status}.`));
    const solved = ['solved', 'resolved'].includes(status);
    const box = this.#kept.get(`answer:${key}`, 0, () => this.#box(ticket));
    const [deed, word] = solved ? ['reopen', 'Reopen'] : this.kind.solve;
    const button = this.#kept.get(`deed:${key}`, deed, () => this.#change(ticket.id, deed, word));
    fill(box.querySelector('.change'), [button]);
    return box;
  }

  #change(ticket, deed, word) {
    const remote = this.remote;
    const act = (event) =>
      remote.post('act', { do: deed, ticket }).catch((error) => this.app.say(error.message, event));
    return h('button', { type: 'button', class: 'quiet', data: { deed }, on: { click: act } }, word);
  }

  #box({ id: ticket, conversation }) {
    const remote = this.remote;
    const send = (text) => remote.post('act', { do: this.#notes.get(ticket) ? 'note' : 'reply', ticket, text });
    const form = composer({ label: 'Reply to the customer', button: 'Send reply', rows: 3, quick: false, send });
    const box = h('div', { class: 'answer' });
    const commands = conversation && this.#commands(form, conversation);
    const choose = (note) => {
      this.#notes.set(ticket, note);
      box.toggleAttribute('data-note', note);
      const text = form.querySelector('textarea');
      text.placeholder = note ? 'A note that only agents see' : 'Reply to the customer';
      text.setAttribute('aria-label', text.placeholder);
      form.querySelector('.primary').textContent = note ? 'Add private note' : 'Send reply';
      if (commands) commands.hidden = !note;
      for (const radio of box.querySelectorAll('input')) radio.checked = (radio.value === 'note') === note;
    };
    const option = (value, word) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name: `kind-${this.app.brand.helpdesk}-${ticket}`,
          value,
          on: { change: () => choose(value === 'note') },
        }),
        word,
      );
    box.append(
      h(
        'div',
        { class: 'line' },
        h(
          'div',
          { class: 'kinds', role: 'radiogroup', 'aria-label': 'What to write' },
          option('reply', 'Public reply'),
          option('note', 'Private note'),
        ),
        h('span', { class: 'change' }),
      ),
      form,
      commands || '',
    );
    choose(false);
    return box;
  }

  /** What a note may begin with so that the bridge carries it out. */
  #commands(form, conversation) {
    const text = form.querySelector('textarea');
    const take = (command) => {
      text.value = command;
      text.focus();
    };
    return h(
      'p',
      { class: 'commands', hidden: true },
      'A note that begins with one of these is carried out:',
      this.app.customers
        .commandsOf(conversation)
        .map((command) => h('button', { type: 'button', on: { click: () => take(command) } }, command.trim())),
    );
  }
}
