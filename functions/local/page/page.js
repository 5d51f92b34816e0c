// The demo's page: customers, the bridge and the helpdesk side by side. Everything shown is read from the running demo.

import { Customers } from './customers.js';
import { fill, h } from './dom.js';
import { Helpdesk } from './helpdesk.js';
import { Remote, listen } from './live.js';
import { Stream } from './stream.js';
import { Trouble } from './trouble.js';

const VIEWS = ['customers', 'bridge', 'helpdesk'];
const PLATFORMS = { graph: 'Meta', x: 'X' };
const HELPDESKS = { zendesk: 'Zendesk', freshdesk: 'Freshdesk' };
const REMEMBERED = 'deskbridge-demo-brand';

class App {
  selected = null;
  #lost = new Set();
  #drawing = null;

  constructor(demo) {
    this.demo = demo;
    this.brand = demo.brands.find((brand) => brand.name === sessionStorage.getItem(REMEMBERED)) ?? demo.brands[0];
    this.platforms = this.#remotes(PLATFORMS, 'customers');
    this.helpdesks = this.#remotes(HELPDESKS, 'helpdesk');
    this.customers = new Customers(this);
    this.stream = new Stream(this);
    this.helpdesk = new Helpdesk(this);
    this.trouble = new Trouble(this);
    this.show('customers');
    this.render();
    listen(
      '/events',
      (text, id) => {
        if (!this.stream.take(text, id)) return;
        this.changed('bridge');
        // A fault that hit a call is used up, which is no change of the stand-in's state.
        for (const remote of Object.values({ ...this.platforms, ...this.helpdesks })) remote.read();
      },
      (up) => this.connection('the bridge', up),
    );
  }

  /** The stand-ins of `titles`, which are seen in `view`. */
  #remotes(titles, view) {
    const remote = ([name, title]) => {
      const changed = () => this.changed(view);
      return [name, new Remote(title, this.demo.at[name], changed, (up) => this.connection(title, up))];
    };
    return Object.fromEntries(Object.entries(titles).map(remote));
  }

  /** What to do when nothing happened yet. */
  get firstStep() {
    return this.customers.firstStep;
  }

  nameOf(conversation) {
    return this.customers.nameOf(conversation);
  }

  /** The brand one of whose accounts has this conversation. */
  brandOf(conversation) {
    const name = conversation.split(':')[0];
    return this.demo.brands.find((brand) => brand.accounts.some((account) => account.name === name));
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
    this.customers.render();
    this.stream.render();
    this.helpdesk.render();
    this.trouble.render();
    fill(
      document.getElementById('brands'),
      this.demo.brands.map((brand) =>
        h(
          'button',
          {
            type: 'button',
            'aria-pressed': String(brand === this.brand),
            data: { brand: brand.name },
            on: { click: () => this.turn(brand) },
          },
          brand.name,
          h('small', {}, brand.helpdesk),
        ),
      ),
    );
    this.#views();
  }

  /** Shows another brand and its helpdesk. */
  turn(brand) {
    if (brand === this.brand) return;
    this.brand = brand;
    sessionStorage.setItem(REMEMBERED, brand.name);
    this.#clear();
    this.customers.turned();
    document.querySelector(`#brands [data-brand="${CSS.escape(brand.name)}"]`)?.focus();
  }

  /** Shows one conversation everywhere; `from` is where it was chosen. */
  select(conversation, from) {
    const brand = this.brandOf(conversation);
    if (!brand) return;
    this.turn(brand);
    this.selected = conversation;
    if (from !== 'customers') this.customers.reveal(conversation);
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
    const names = { customers: 'Customers', bridge: 'Deskbridge', helpdesk: this.helpdesk?.kind.title };
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
