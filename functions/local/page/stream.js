// What the bridge tells about its work: one card for each time it took up a conversation, with every effect it tried.

import { Kept, badge, fill, h, icon, time } from './dom.js';

const CARDS_MAX = 200;
const LINES_MAX = 2000;

const EVENTS = {
  message: 'customer wrote',
  edited: 'customer edited',
  removed: 'message removed',
  hidden: 'message hidden',
  own: 'we wrote there',
  report: 'delivery reported',
  renamed: 'customer has a new id',
  activity: 'customer acted',
  signal: 'signal',
  hint: 'ticket changed',
  reply: 'agent replied',
  unknown: 'unknown kind',
};
const VERDICTS = {
  planned: 'to do',
  resumes: 'goes on',
  duplicate: 'seen before',
  echo: 'our own echo',
  noted: 'remembered',
  ignored: 'nothing to do',
  routed: 'passed on to its conversation',
};
const EFFECTS = {
  create_ticket: 'Create ticket',
  append_comment: 'Add comment',
  add_note: 'Add private note',
  post_reply: 'Post reply',
  moderate: 'Moderate',
  redact: 'Take out what was removed',
};
const OUTCOMES = {
  done: ['good', 'check', 'done'],
  found: ['good', 'check', 'found, it was made'],
  refused: ['bad', 'cross', 'refused'],
  retry_after: ['wait', 'retry', 'try again'],
  unknown: ['doubt', 'question', 'unknown'],
  not_found: ['doubt', 'search', 'not found'],
  cannot_tell: ['doubt', 'question', 'cannot tell'],
};

export class Stream {
  #kept = new Kept();
  #cards = []; // newest first
  #seen = new Set();
  #count = { received: 0, ticketed: 0, replies: 0, held: 0 };
  #waiting = new Map(); // conversation -> deliveries that must come again
  #ill = new Map(); // account -> why it does not work
  #number = 0;

  constructor(app) {
    this.app = app;
  }

  /** Takes one line; whether it is new: after a lost connection old ones may come again. */
  take(text, id) {
    const mark = `${id} ${text}`;
    if (this.#seen.has(mark)) return false;
    this.#seen.add(mark);
    if (this.#seen.size > LINES_MAX) this.#seen.delete(this.#seen.values().next().value);
    const line = JSON.parse(text);
    this[`_${line.line}`]?.(line);
    for (const old of this.#cards.splice(CARDS_MAX)) this.#kept.drop(`card:${old.number}`);
    return true;
  }

  _accepted({ door, events, unreadable, at }) {
    this.#count.received += events;
    const last = this.#cards[0];
    if (last?.kind === 'accepted' && last.door === door)
      Object.assign(last, { at, events: last.events + events, unreadable: last.unreadable + unreadable });
    else this.#add({ kind: 'accepted', door, events, unreadable, at });
  }

  _rejected({ door, reason, at }) {
    this.#plain('bad', 'cross', 'rejected', `Door ${door} turned a request away: ${reason.replaceAll('_', ' ')}.`, at);
  }

  _queue_refused({ door, at }) {
    this.#plain(
      'bad',
      'warn',
      'not taken',
      `Door ${door} could not hand events to the queue; the sender tries again.`,
      at,
    );
  }

  _held({ kind, account, reason, at }) {
    this.#count.held += 1;
    this.#plain('doubt', 'pause', kind === 'parked' ? 'parked' : 'quarantine', `${account}: ${reason}`, at);
  }

  _account({ account, working, reason, at }) {
    if (working) this.#ill.delete(account);
    else this.#ill.set(account, reason);
    this.#plain(
      working ? 'good' : 'bad',
      working ? 'check' : 'warn',
      working ? 'works' : 'stopped',
      `Account ${account}: ${reason}`,
      at,
    );
  }

  _fault({ what, why, at }) {
    this.#plain('bad', 'warn', 'fault', `${what}: ${why}`, at);
  }

  _effect(line) {
    const card = this.#cardOf(line.conversation, line.at);
    card.effects.push(line);
    const made = ['done', 'found'].includes(line.outcome);
    if (made && ['create_ticket', 'append_comment'].includes(line.kind)) this.#count.ticketed += 1;
    if (made && line.kind === 'post_reply') this.#count.replies += 1;
    this.app.say(`${EFFECTS[line.kind] ?? line.kind}: ${OUTCOMES[line.outcome]?.[2] ?? line.outcome}`);
  }

  _delivery(line) {
    const card = this.#cardOf(line.group, line.at);
    Object.assign(card, { closed: true, delivery: line });
    if (line.again > 0) this.#waiting.set(line.group, line.again);
    else this.#waiting.delete(line.group);
  }

  /** Effects are told before the delivery that they belong to: they wait in an open card for it. */
  #cardOf(conversation, at) {
    const open = this.#cards.find((card) => card.kind === 'work' && card.conversation === conversation && !card.closed);
    return open ?? this.#add({ kind: 'work', conversation, at, effects: [], closed: false, delivery: null });
  }

  #plain(tone, symbol, word, text, at) {
    this.#add({ kind: 'plain', tone, symbol, word, text, at });
    this.app.say(text);
  }

  #add(card) {
    card.number = this.#number += 1;
    this.#cards.unshift(card);
    return card;
  }

  render() {
    const { received, ticketed, replies, held } = this.#count;
    const waiting = [...this.#waiting.values()].reduce((sum, one) => sum + one, 0);
    const counters = {
      Received: received,
      Ticketed: ticketed,
      'Replies posted': replies,
      Waiting: waiting,
      Held: held,
    };
    fill(
      document.getElementById('counters'),
      Object.entries(counters).map(([name, count]) =>
        this.#kept.get(`count:${name}`, count, () =>
          h(
            'div',
            { data: { counter: name, some: count > 0 ? '' : null } },
            h('dt', {}, name),
            h('dd', {}, String(count)),
          ),
        ),
      ),
    );
    const ill = [...this.#ill].map(([account, why]) =>
      this.#kept.get(`ill:${account}`, why, () =>
        h(
          'p',
          { class: 'ill', title: why, data: { account } },
          badge('bad', 'warn', 'Account stopped'),
          ` ${account}. What is for it waits until it is repaired.`,
        ),
      ),
    );
    const cards = this.#cards.map((card) =>
      this.#kept.get(`card:${card.number}`, [card, this.#name(card)], () => this.#card(card)),
    );
    const empty = this.#kept.get('empty', this.app.firstStep, () =>
      h(
        'p',
        { class: 'empty' },
        `Nothing has happened yet. ${this.app.firstStep} Here you then see what the bridge makes of it.`,
      ),
    );
    fill(document.getElementById('stream'), [...ill, ...cards, !cards.length && empty]);
    this.app.mark();
  }

  #name(card) {
    return card.kind === 'work' ? this.app.nameOf(card.conversation) : '';
  }

  #card(card) {
    if (card.kind === 'accepted') {
      const unread = card.unreadable ? `, ${card.unreadable} not understood` : '';
      return h(
        'p',
        { class: 'slight', data: { line: 'accepted' } },
        icon('door'),
        h('span', {}, `${card.door}: ${plural(card.events, 'event')}${unread}`),
        time(card.at),
      );
    }
    if (card.kind === 'plain') {
      return h(
        'div',
        { class: 'card plain', data: { line: card.word } },
        h('p', {}, badge(card.tone, card.symbol, card.word), ' ', card.text),
        time(card.at),
      );
    }
    const events = (card.delivery?.events ?? []).map((event, at) => [
      EVENTS[event] ?? event,
      VERDICTS[card.delivery.verdicts[at]] ?? card.delivery.verdicts[at] ?? '',
    ]);
    if (card.closed && !card.effects.length && !card.delivery.again) return this.#slight(card, events);
    return h(
      'article',
      { class: 'card', data: { conversation: card.conversation, line: 'work' } },
      h('div', { class: 'by' }, this.#choose(card), time(card.at)),
      h('p', { class: 'key' }, card.conversation),
      h(
        'ol',
        { class: 'steps' },
        events.map(([event, verdict]) =>
          h(
            'li',
            {},
            h('span', { class: 'label' }, 'Event'),
            h('span', {}, event),
            h('span', { class: 'end' }, verdict),
          ),
        ),
        card.effects.map((effect) => this.#effect(effect)),
      ),
      card.delivery ? this.#end(card.delivery) : h('p', { class: 'end-line' }, badge('wait', 'clock', 'at work')),
    );
  }

  #slight(card, events) {
    const text = events.map(([event, verdict]) => `${event}, ${verdict}`).join('; ') || 'nothing to do';
    return h(
      'div',
      { class: 'slight', data: { conversation: card.conversation, line: 'work' } },
      icon('dash'),
      h('span', {}, this.#choose(card), `: ${text}`),
      time(card.at),
    );
  }

  #choose(card) {
    const name = this.#name(card);
    if (!/:(post|direct):/.test(card.conversation)) return h('span', { class: 'who', title: card.conversation }, name);
    const on = { click: () => this.app.select(card.conversation, 'bridge') };
    const title = 'Show this conversation everywhere';
    return h('button', { type: 'button', class: 'who', 'aria-pressed': 'false', title, on }, name);
  }

  #effect({ kind, way, outcome, detail, attempt, calls, account }) {
    const [tone, symbol, word] = OUTCOMES[outcome] ?? ['calm', 'ring', outcome];
    const name = EFFECTS[kind] ?? kind;
    const later = outcome === 'retry_after';
    const what = later || !detail ? '' : kind === 'create_ticket' && tone === 'good' ? `ticket ${detail}` : detail;
    const facts = [plural(calls, 'call'), attempt > 1 && `attempt ${attempt}`].filter(Boolean).join(' · ');
    return h(
      'li',
      { data: { effect: kind, outcome, way } },
      h('span', { class: 'label' }, 'Effect'),
      h('span', {}, way === 'lookup' ? `Look for it: ${name.toLowerCase()}` : name, h('small', {}, account)),
      h(
        'span',
        { class: 'end' },
        badge(tone, symbol, later ? `${word} in ${detail}` : word),
        what && h('small', { class: 'id', title: detail }, what),
        h('small', {}, facts),
      ),
    );
  }

  #end({ again, why, ticket, saves, age_ms: age }) {
    const facts = [ticket && `ticket ${ticket}`, plural(saves, 'save'), `after ${duration(age)}`]
      .filter(Boolean)
      .join(' · ');
    return h(
      'p',
      { class: 'end-line' },
      again > 0 ? badge('wait', 'clock', 'waits') : badge('good', 'check', 'finished'),
      ' ',
      again > 0 && why ? `${why} · ` : '',
      facts,
    );
  }
}

const plural = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;

const duration = (ms) =>
  ms < 1000 ? `${ms} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
