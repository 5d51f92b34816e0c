// One row for each thing that was said, and the one composer that may be asked for on one of them.

import { Kept, badge, composer, h, icon, time } from './dom.js';

export class Rows {
  #kept = new Kept();
  #open = null; // { kind, id } of what was asked for

  /** `view` tells what can be done; `column` does it and draws again. */
  constructor(view, column) {
    Object.assign(this, { view, column });
  }

  close() {
    this.#open = null;
  }

  /** What somebody said: `{ id, us, name, text, at, media, marks, gone, status }`, and where and how it stands. */
  said(item, { depth = 0, conversation, bubble, deeds }) {
    const choose = () => conversation && this.column.select(conversation);
    const { id, us, name, text, at, media = [], marks = [], gone, status } = item;
    const shown = deeds.filter(Boolean);
    return h(
      'article',
      {
        class: bubble ? 'said bubble' : 'said',
        data: { id, who: us ? 'us' : 'customer', depth, conversation },
        on: { click: (event) => !event.target.closest('button') && choose() },
      },
      h(
        'div',
        { class: 'by' },
        this.#who(name, conversation && choose),
        us && badge('calm', 'page', this.view.platform.us),
        at && time(at),
        marks.filter(Boolean).map((mark) => h('span', { class: 'mark' }, mark)),
      ),
      gone ? h('p', { class: 'text gone' }, gone) : text && h('p', { class: 'text', dir: 'auto' }, text),
      !gone && media.map((kind) => h('p', { class: 'photo' }, icon('photo'), kind)),
      !gone && status && badge(...status),
      shown.length ? h('div', { class: 'small' }, shown) : null,
    );
  }

  #who(name, choose) {
    if (!choose) return h('span', { class: 'who' }, name);
    const title = 'Show this conversation everywhere';
    const on = { click: choose };
    return h('button', { type: 'button', class: 'who', 'aria-pressed': 'false', title, on }, name);
  }

  /** What its author can do with it. */
  own(id) {
    const { edit, remove, removes } = this.view;
    const take = (event) => this.column.post('act', remove(id), event);
    return [
      edit && this.deed('Edit', { kind: 'edit', id }),
      remove && h('button', { type: 'button', on: { click: take } }, removes),
    ];
  }

  deed(word, key) {
    return h('button', { type: 'button', on: { click: () => this.ask(key) } }, word);
  }

  /** The place for a new text, if it was asked for. */
  editor(id, value) {
    const send = (text) => this.column.remote.post('act', this.view.edit(id, text));
    return this.asked({ kind: 'edit', id }, { label: 'New text', button: 'Save', value, send });
  }

  ask(key) {
    this.#open = key;
    this.#kept.drop(`${key.kind}:${key.id}`);
    this.column.render();
    document.querySelector('#customers [data-asked] textarea')?.focus();
  }

  isAsked({ kind, id }) {
    return this.#open?.kind === kind && this.#open.id === id;
  }

  /** The composer that was asked for, or nothing; it goes when it was used. */
  asked(key, options) {
    return this.isAsked(key) ? this.#kept.get(`${key.kind}:${key.id}`, 0, () => this.#composer(key, options)) : null;
  }

  #composer(key, options) {
    const close = () => {
      this.close();
      this.column.render();
      document.querySelector(`#customers [data-id="${CSS.escape(key.id)}"] button`)?.focus();
    };
    const send = async (...said) => {
      await options.send(...said);
      close();
    };
    const form = composer({ ...options, cancel: close, send });
    form.dataset.asked = '';
    return form;
  }
}

/** The name of a photo that the stand-ins have, if one is to be sent. */
export const made = (photo) => (photo ? 'sandbox:beach.jpg' : null);
