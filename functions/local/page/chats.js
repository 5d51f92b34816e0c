// Chats between customers and the account, and places to write. A view gives the chats, and the acts.

import { Kept, composer, dateAndTime, fill, h } from './dom.js';
import { encodeId } from './live.js';
import { Rows, made } from './rows.js';

export class Chats {
  #kept = new Kept();
  #end = null; // what was last at the end
  #problem = h('p', { class: 'problem', role: 'alert' });

  constructor(view, column) {
    Object.assign(this, { view, column, rows: new Rows(view, column) });
  }

  close() {
    this.rows.close();
    this.#end = null;
    this.#problem.textContent = '';
  }

  render(source, list, foot) {
    const chats = this.view.chats(source).filter((chat) => chat.messages.length);
    const person = this.view.people(source).find((one) => one.id === this.column.person.id);
    const chat = chats.find((one) => this.#isOf(one, person));
    const rows = (chat?.messages ?? []).flatMap((message) => [
      this.#message(message, chat),
      this.rows.editor(message.id, message.text),
    ]);
    fill(list, [
      chats.length && this.#chooser(chats, person),
      ...rows,
      chat?.until && this.#until(chat),
      !rows.length && this.#empty(),
    ]);
    this.#follow(list, chat?.messages.at(-1)?.id);
    fill(foot, [person && this.#tools(source, person, chat), this.#native(source, person), this.#write(source)]);
  }

  /** Brings what is new at the end into sight. */
  #follow(list, end) {
    if (end && end !== this.#end) list.scrollTop = list.scrollHeight;
    this.#end = end;
  }

  #isOf(chat, person) {
    return !!person?.ids.includes(chat.person);
  }

  #conversation(chat) {
    return `${this.column.account.name}:direct:${encodeId(chat.person)}`;
  }

  #chooser(chats, person) {
    const label = `${this.view.title} chats`;
    const chooser = this.#kept.get(`chats:${this.column.account.name}`, 0, () =>
      h('div', { class: 'threads', role: 'group', 'aria-label': label }),
    );
    const buttons = chats.map((chat) => {
      const pressed = this.#isOf(chat, person);
      return this.#kept.get(`chat:${chat.person}`, [chat.name, chat.messages.length, pressed], () =>
        this.#choice(chat, pressed),
      );
    });
    fill(chooser, buttons);
    return chooser;
  }

  #choice(chat, pressed) {
    const choose = () => {
      this.column.reveal(this.#conversation(chat));
      this.column.select(this.#conversation(chat));
    };
    return h(
      'button',
      { type: 'button', 'aria-pressed': String(pressed), data: { thread: chat.person }, on: { click: choose } },
      chat.name,
      ' ',
      h('span', { class: 'count' }, String(chat.messages.length)),
    );
  }

  #message(message, chat) {
    const conversation = this.#conversation(chat);
    const mine = !message.us && !message.gone;
    return this.#kept.get(`message:${message.id}`, [message, chat.name], () =>
      this.rows.said(
        { ...message, name: message.us ? this.column.app.brand.name : chat.name },
        { conversation, bubble: true, deeds: mine ? this.rows.own(message.id) : [] },
      ),
    );
  }

  #until({ person, until }) {
    const open = until > Date.now() + this.column.app.demo.ahead_ms;
    return this.#kept.get(`until:${person}`, [until, open], () =>
      h('p', { class: 'window' }, open ? 'Reply window open until ' : 'Reply window closed ', dateAndTime(until)),
    );
  }

  #empty() {
    const { person, app } = this.column;
    const words = `No messages between ${person.name} and ${app.brand.name} yet. Write the first one below.`;
    return h('p', { class: 'empty' }, words);
  }

  /** What else the person can do, and what can be wrong with them. */
  #tools(source, person, chat) {
    const tools = this.view.tools(source, person);
    const shown = chat ? tools : tools.filter((tool) => tool.on !== undefined);
    const key = `tools:${this.column.account.name}:${person.id}`;
    return this.#kept.get(key, [shown, !!chat], () => {
      const native = chat && this.view.native;
      const phone = native && this.rows.deed(native.words, { kind: 'native', id: person.id });
      const label = `More of ${person.name}`;
      return h(
        'div',
        { class: 'tools', role: 'group', 'aria-label': label },
        shown.map((tool) => this.#tool(tool)),
        phone,
        this.#problem,
      );
    });
  }

  #tool({ words, on, to, body }) {
    const attributes = on === undefined ? {} : { role: 'switch', 'aria-checked': String(on) };
    const knob = on !== undefined && h('span', { class: 'knob', 'aria-hidden': 'true' });
    const click = () => this.#try(to, body);
    return h('button', { type: 'button', ...attributes, on: { click } }, knob, words);
  }

  async #try(to, body) {
    this.#problem.textContent = '';
    try {
      await this.column.remote.post(to, body);
    } catch (error) {
      this.#problem.textContent = error.message;
    }
  }

  #native(source, person) {
    const { native } = this.view;
    if (!native || !person) return null;
    const send = (text) => this.column.remote.post('act', native.act(source, person, text));
    return this.rows.asked({ kind: 'native', id: person.id }, { label: native.label, button: 'Send', send });
  }

  #write(source) {
    const { account, app } = this.column;
    const send = (text, photo) => this.column.act(this.view.write(source, text, made(photo)));
    const label = `Write a message to ${app.brand.name}`;
    return this.#kept.get(`write:${account.name}`, 0, () =>
      composer({ label, button: 'Send', photo: this.view.photos, send }),
    );
  }
}
