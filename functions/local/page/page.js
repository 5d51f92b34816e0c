// The demo's page: Facebook, the bridge and the helpdesk side by side. Everything shown is read from the running demo.

import { fill, h } from './dom.js';
import { Facebook } from './facebook.js';
import { Helpdesk } from './helpdesk.js';
import { Remote, listen } from './live.js';
import { Stream } from './stream.js';
import { Trouble } from './trouble.js';

const VIEWS = ['facebook', 'bridge', 'helpdesk'];
const REMEMBERED = 'deskbridge-demo-page';

class App {
  selected = null;
  #lost = new Set();
  #drawing = null;

  constructor(demo) {
    this.demo = demo;
    this.page = demo.pages.find((page) => page.id === sessionStorage.getItem(REMEMBERED)) ?? demo.pages[0];
    const remote = (name, base, view) =>
      new Remote(
        base,
        () => this.changed(view),
        (up) => this.connection(name, up),
      );
    const graph = remote('Facebook', demo.graph, 'facebook');
    this.helpdesks = {
      zendesk: remote('Zendesk', demo.zendesk, 'helpdesk'),
      freshdesk: remote('Freshdesk', demo.freshdesk, 'helpdesk'),
    };
    this.facebook = new Facebook(this, graph);
    this.stream = new Stream(this);
    this.helpdesk = new Helpdesk(this);
    this.trouble = new Trouble(this, graph);
    this.show('facebook');
    this.render();
    listen(
      '/events',
      (text, id) => {
        if (!this.stream.take(text, id)) return;
        this.changed('bridge');
        // A fault that hit a call is used up, which is no change of the stand-in's state.
        for (const one of [graph, ...Object.values(this.helpdesks)]) one.read();
      },
      (up) => this.connection('the bridge', up),
    );
  }

  /** What to do when nothing happened yet. */
  get firstStep() {
    return `Write a comment as ${this.facebook.writer} in Facebook.`;
  }

  nameOf(conversation) {
    return this.facebook.nameOf(conversation);
  }

  /** Something happened in a view; what comes at once is drawn at once. */
  changed(view) {
    this.#news(view);
    this.#drawing ??= setTimeout(() => {
      this.#drawing = null;
      this.render();
    }, 10);
  }

  render() {
    this.facebook.render();
    this.stream.render();
    this.helpdesk.render();
    this.trouble.render();
    fill(
      document.getElementById('pages'),
      this.demo.pages.map((page) =>
        h(
          'button',
          {
            type: 'button',
            'aria-pressed': String(page === this.page),
            data: { page: page.id },
            on: { click: () => this.turn(page) },
          },
          page.name,
          h('small', {}, page.helpdesk),
        ),
      ),
    );
    this.#views();
  }

  /** Shows another page and its helpdesk. */
  turn(page) {
    if (page === this.page) return;
    this.page = page;
    sessionStorage.setItem(REMEMBERED, page.id);
    this.facebook.turned();
    this.#clear();
    this.render();
    document.querySelector(`#pages [data-page="${CSS.escape(page.id)}"]`)?.focus();
  }

  /** Shows one conversation everywhere; `from` is where it was chosen. */
  select(conversation, from) {
    const page = this.demo.pages.find((one) => conversation.startsWith(`${one.account}:`));
    if (!page) return;
    this.turn(page);
    this.selected = conversation;
    if (from !== 'facebook') this.facebook.reveal(conversation);
    if (from !== 'helpdesk') this.helpdesk.reveal(conversation);
    this.mark();
    for (const view of VIEWS.filter((one) => one !== from)) this.#seek(view);
  }

  /** Brings the selected conversation into sight. */
  #seek(view) {
    const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
    const block = view === 'helpdesk' ? 'start' : 'nearest';
    document.querySelector(`#${view} [data-chosen]`)?.scrollIntoView({ block, behavior });
  }

  #clear() {
    this.selected = null;
    delete document.getElementById('chosen').dataset.of;
    this.mark();
  }

  /** Marks what belongs to the selected conversation. */
  mark() {
    for (const element of document.querySelectorAll('[data-conversation]')) {
      const chosen = element.dataset.conversation === this.selected;
      element.toggleAttribute('data-chosen', chosen);
      element.querySelector(':scope .who[aria-pressed]')?.setAttribute('aria-pressed', String(chosen));
    }
    const chosen = document.getElementById('chosen');
    chosen.hidden = !this.selected;
    if (!this.selected || chosen.dataset.of === this.selected) return;
    chosen.dataset.of = this.selected;
    chosen.replaceChildren(
      h('span', {}, 'Selected: ', h('b', {}, this.nameOf(this.selected))),
      h('button', { type: 'button', class: 'quiet', on: { click: () => this.#clear() } }, 'Clear'),
    );
  }

  show(view) {
    document.body.dataset.view = view;
    document.querySelector(`#views [data-view="${view}"]`)?.removeAttribute('data-news');
    this.#views();
    this.#seek(view);
  }

  #news(view) {
    if (document.body.dataset.view !== view)
      document.querySelector(`#views [data-view="${view}"]`)?.setAttribute('data-news', '');
  }

  #views() {
    const bar = document.getElementById('views');
    const names = { facebook: 'Facebook', bridge: 'Deskbridge', helpdesk: this.helpdesk?.kind.title };
    if (!bar.children.length) {
      bar.append(
        ...VIEWS.map((view) =>
          h(
            'button',
            { type: 'button', data: { view }, on: { click: () => this.show(view) } },
            h('span'),
            h('i', {}, 'new'),
          ),
        ),
      );
    }
    for (const button of bar.children) {
      button.firstChild.textContent = names[button.dataset.view];
      button.setAttribute('aria-pressed', String(button.dataset.view === document.body.dataset.view));
    }
  }

  connection(name, up) {
    if (up) this.#lost.delete(name);
    else this.#lost.add(name);
    const lost = document.getElementById('lost');
    lost.hidden = !this.#lost.size;
    lost.textContent = this.#lost.size
      ? `No connection to ${[...this.#lost].join(', ')}. Trying again. Is the demo still running?`
      : '';
    const link = document.getElementById('link');
    link.textContent = this.#lost.has('the bridge') ? 'not connected' : 'live';
    link.dataset.tone = this.#lost.has('the bridge') ? 'bad' : 'good';
  }

  /** Says something to those who do not see the page, or beside the button that failed. */
  say(text, event) {
    document.getElementById('said').textContent = text;
    if (!event) return;
    const beside = event.target.nextElementSibling;
    if (beside?.matches('.problem')) beside.remove();
    event.target.after(h('span', { class: 'problem', role: 'alert' }, text));
  }
}

/** What the demo consists of; asked for until it answers. */
async function demo() {
  const lost = document.getElementById('lost');
  for (;;) {
    try {
      return await (await fetch('/demo.json')).json();
    } catch (error) {
      lost.hidden = false;
      lost.textContent = `The demo cannot be read: ${error.message}. Trying again.`;
      await new Promise((after) => setTimeout(after, 2000));
    }
  }
}

new App(await demo());
