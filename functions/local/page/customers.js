// The customers' side: one platform at a time, and who writes there.

import { Chats } from './chats.js';
import { Comments } from './comments.js';
import { Kept, fill, h } from './dom.js';
import { facebook } from './facebook.js';
import { instagram, instagramMessages } from './instagram.js';
import { encodeId } from './live.js';
import { messenger } from './messenger.js';
import { Person } from './person.js';
import { whatsapp } from './whatsapp.js';
import { x, xMessages } from './x.js';

const VIEWS = [facebook, messenger, instagram, instagramMessages, whatsapp, x, xMessages];

export class Customers {
  #kept = new Kept();
  #layouts = new Map();
  #view = VIEWS[0];
  #list = document.getElementById('customers-list');
  #foot = document.getElementById('customers-foot');

  constructor(app) {
    this.app = app;
    this.person = new Person(() => this.turned());
    for (const view of VIEWS) this.#layouts.set(view, new (view.posts ? Comments : Chats)(view, this));
  }

  /** The view that is shown. */
  get view() {
    return this.views.includes(this.#view) ? this.#view : this.views[0];
  }

  /** The views for which the brand has an account. */
  get views() {
    return VIEWS.filter((view) => this.#accountOf(view, this.app.brand));
  }

  get account() {
    return this.#accountOf(this.view, this.app.brand);
  }

  /** The brand's accounts, with their platforms and stand-ins. */
  get accounts() {
    const platforms = new Set(this.views.map((view) => view.platform));
    return [...platforms].map((platform) => ({
      platform,
      remote: this.app.platforms[platform.remote],
      account: this.app.brand.accounts.find((account) => account.kind === platform.kind),
    }));
  }

  /** The stand-in of the platform that is shown. */
  get remote() {
    return this.#remoteOf(this.view);
  }

  /** What to do first. */
  get firstStep() {
    return `Write a ${this.view.posts ? 'comment' : 'message'} as ${this.person.name} in ${this.view.title}.`;
  }

  #accountOf(view, brand) {
    return brand.accounts.find((account) => account.kind === view.platform.kind);
  }

  #remoteOf(view) {
    return this.app.platforms[view.platform.remote];
  }

  #sourceOf(view, brand) {
    const { state } = this.#remoteOf(view);
    return state && view.platform.account(state, this.#accountOf(view, brand).id);
  }

  show(view) {
    this.#view = view;
    this.#list.scrollTop = 0;
    this.turned();
  }

  /** Another view, person or brand was chosen: what was asked for is no longer asked for. */
  turned() {
    for (const layout of this.#layouts.values()) layout.close();
    this.app.render();
  }

  render() {
    const { view } = this;
    document.getElementById('customers-title').textContent = `Customers of ${this.app.brand.name}`;
    this.#chooser(view);
    const source = this.#sourceOf(view, this.app.brand);
    if (!source) return;
    this.person.show(this.account.name, view.people(source));
    this.#layouts.get(view).render(source, this.#list, this.#foot);
    this.app.mark();
  }

  #chooser(chosen) {
    fill(
      document.getElementById('platforms'),
      this.views.map((view) => {
        const button = this.#kept.get(view.id, 0, () =>
          h('button', { type: 'button', id: `show-${view.id}`, on: { click: () => this.show(view) } }, view.title),
        );
        button.setAttribute('aria-pressed', String(view === chosen));
        return button;
      }),
    );
  }

  select(conversation) {
    this.app.select(conversation, 'customers');
  }

  /** The account, view and person of a conversation, and their name or what there is; nothing if there is no view for it. */
  #read(conversation) {
    const [name, surface, first, second] = conversation.split(':');
    const brand = this.app.brandOf(conversation);
    const kind = brand?.accounts.find((account) => account.name === name)?.kind;
    const view = VIEWS.find((one) => one.platform.kind === kind && (one.posts ? 'post' : 'direct') === surface);
    const source = view && this.#sourceOf(view, brand);
    if (!source) return null;
    const customer = view.posts ? second : first;
    const person = view.people(source).find((one) => one.ids.some((id) => encodeId(id) === customer));
    const named = person ?? view.posts?.(source).find((post) => encodeId(post.id) === first);
    return { account: name, view, person, name: named?.name ?? customer };
  }

  /** Shows the part in which this conversation is. */
  reveal(conversation) {
    const found = this.#read(conversation);
    if (!found) return;
    if (!found.view.posts && found.person) this.person.choose(found.account, found.person.id);
    this.show(found.view);
  }

  /** A conversation in words: whose it is, and where. */
  nameOf(conversation) {
    const found = this.#read(conversation);
    if (found) return `${found.name}, ${found.view.where}`;
    const [account, surface, first] = conversation.split(':');
    return surface === 'ticket' ? `${account}, ticket ${first}` : account;
  }

  /** What an agent can command in this conversation. */
  commandsOf(conversation) {
    return ['/help', '/why', ...(this.#read(conversation)?.view.commands ?? [])];
  }

  /** Does something as the chosen person. */
  act(act) {
    return this.remote.post('act', { ...act, ...this.person.acting() });
  }

  /** Does something; a refusal is told beside the button. */
  post(what, body, event) {
    return this.remote.post(what, body).catch((error) => this.app.say(error.message, event));
  }
}
