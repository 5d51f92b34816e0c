// The customer's side: posts with their comments, Messenger threads, and places to write as somebody.

import { Kept, badge, composer, fill, h, icon, time } from './dom.js';
import { encodeId } from './live.js';

const DEEPEST = 3;
const NEW_PERSON = 'new';

export class Facebook {
  #kept = new Kept();
  #open = null; // the one composer that was asked for: { kind, id }
  #meets = null; // the id of a new person until the stand-in knows them
  #view = 'posts';
  #list = document.getElementById('facebook-list');
  #foot = document.getElementById('facebook-foot');
  #person = document.getElementById('person');
  #newPerson = document.getElementById('new-person');

  constructor(app, graph) {
    Object.assign(this, { app, graph });
    this.#person.addEventListener('change', () => {
      this.#meets = null;
      this.#open = null;
      this.render();
      if (this.#person.value === NEW_PERSON) this.#newPerson.focus();
    });
    for (const view of ['posts', 'messenger']) {
      document.getElementById(`show-${view}`).addEventListener('click', () => this.show(view));
    }
  }

  get page() {
    return this.graph.state?.pages.find((page) => page.id === this.app.page.id);
  }

  show(view) {
    this.#view = view;
    for (const name of ['posts', 'messenger']) {
      document.getElementById(`show-${name}`).setAttribute('aria-pressed', String(name === view));
    }
    this.render();
  }

  /** Another page was chosen. */
  turned() {
    this.#person.replaceChildren();
    this.#meets = this.#open = null;
    this.render();
  }

  /** Shows the part in which this conversation is. */
  reveal(conversation) {
    this.show(conversation.includes(':direct:') ? 'messenger' : 'posts');
    if (this.#view !== 'messenger') return;
    const person = this.page?.people.find((one) => this.#direct(one.psid) === conversation);
    if (person) this.#person.value = person.feed_id;
    this.render();
  }

  /** Who writes now, by name. */
  get writer() {
    const chosen = this.#person.selectedOptions[0];
    return chosen && chosen.value !== NEW_PERSON ? chosen.textContent : this.#newPerson.value.trim() || 'a customer';
  }

  /** A conversation in words: whose it is, and where. */
  nameOf(conversation) {
    const [account, surface, first, second] = conversation.split(':');
    const page = this.app.demo.pages.find((one) => one.account === account);
    const people = this.graph.state?.pages.find((one) => one.id === page?.id)?.people ?? [];
    if (surface === 'direct') {
      return `${people.find((one) => encodeId(one.psid) === first)?.name ?? first}, Messenger`;
    }
    if (surface === 'ticket') return `${account}, ticket ${first}`;
    if (surface !== 'post') return account;
    return `${people.find((one) => encodeId(one.feed_id) === second)?.name ?? second}, comments`;
  }

  render() {
    const page = this.page;
    document.getElementById('facebook-title').textContent = `Facebook ${this.app.page.name}`;
    if (!page) return;
    this.#people(page);
    if (this.#view === 'posts') this.#posts(page);
    else this.#messenger(page);
    this.app.mark();
  }

  #people(page) {
    const known = page.people.filter((one) => one.name);
    const met = known.find((one) => this.#meets && [one.feed_id, one.psid].includes(this.#meets));
    const chosen = met?.feed_id ?? (this.#person.value || known[0]?.feed_id);
    const options = [...known, { feed_id: NEW_PERSON, name: 'Somebody new' }];
    fill(
      this.#person,
      options.map((one) =>
        this.#kept.get(`person:${one.feed_id}`, one.name, () => h('option', { value: one.feed_id }, one.name)),
      ),
    );
    this.#person.value = chosen ?? NEW_PERSON;
    if (met) {
      this.#meets = null;
      this.#newPerson.value = '';
    }
    this.#newPerson.hidden = this.#person.value !== NEW_PERSON;
  }

  /** Does something as the chosen person. */
  async #act(act) {
    const chosen = this.#person.value;
    const isNew = chosen === NEW_PERSON;
    const name = this.#newPerson.value.trim();
    if (isNew && !name) {
      this.#newPerson.focus();
      throw new Error('Say who writes: give the new customer a name.');
    }
    this.#meets = isNew ? (this.#meets ?? String(Date.now())) : null;
    await this.graph.post('act', { ...act, ...(isNew ? { person: this.#meets, name } : { person: chosen }) });
  }

  #posts(page) {
    const posts = [...page.posts, ...page.mentions].sort((a, b) => b.at - a.at);
    fill(
      this.#list,
      posts.map((post) => this.#post(post)),
    );
    const key = { kind: 'post', id: page.id };
    const closed = this.#kept.get(`offer:${page.id}`, this.app.page.name, () =>
      h(
        'button',
        { type: 'button', class: 'wide', on: { click: () => this.#ask(key) } },
        `Write a post on ${this.app.page.name}'s page`,
      ),
    );
    const send = (text, photo) => this.#act({ do: 'post', page: page.id, text, photo: photo ? made() : null });
    fill(this.#foot, [
      this.#isOpen(key)
        ? this.#asked(key, { label: 'What do you want to say?', button: 'Post', photo: true, send })
        : closed,
    ]);
  }

  #post(post) {
    const section = this.#kept.get(`post:${post.id}`, 0, () =>
      h('section', { class: 'post', data: { post: post.id } }),
    );
    const rows = [];
    this.#rows(post, post.id, 0, null, false, rows);
    if (!post.removed) {
      rows.push(
        this.#kept.get(`under:${post.id}`, 0, () =>
          composer({
            label: 'Write a comment',
            button: 'Comment',
            photo: true,
            send: (text, photo) => this.#act({ do: 'comment', on: post.id, text, photo: photo ? made() : null }),
          }),
        ),
      );
    }
    fill(section, rows);
    return section;
  }

  /** One row per post or comment, each followed by the composer that was asked for on it. */
  #rows(node, post, depth, above, buried, rows) {
    const author = node.author;
    const own =
      author && !author.is_page ? `${this.app.page.account}:post:${encodeId(post)}:${encodeId(author.id)}` : null;
    const conversation = own ?? above;
    const { comments, ...data } = node;
    const gone = buried || node.removed;
    const mine = !!own && author.id === this.#person.value && !gone;
    rows.push(
      this.#kept.get(`node:${node.id}`, [data, depth, conversation, mine, gone], () =>
        this.#said({
          id: node.id,
          depth,
          conversation,
          text: node.text,
          at: node.at,
          media: node.media ? [node.media.kind] : [],
          who: author?.is_page ? 'page' : 'customer',
          name: author?.name ?? 'Somebody',
          gone: gone && (node.removed ? 'Removed' : 'Removed with what it answered'),
          marks: [
            node.edited_at && 'edited',
            node.hidden && 'hidden by the page',
            node.placeholder && 'not written here',
          ],
          deeds: [
            depth > 0 && !gone && this.#deed('Reply', { kind: 'reply', id: node.id }),
            ...this.#own(mine, node.id, 'Remove'),
          ],
        }),
      ),
    );
    const reply = { kind: 'reply', id: node.id };
    if (this.#isOpen(reply)) {
      const send = (text, photo) => this.#act({ do: 'comment', on: node.id, text, photo: photo ? made() : null });
      rows.push(
        this.#asked(reply, { label: `Reply to ${author?.name ?? 'this'}`, button: 'Reply', photo: true, send }),
      );
    }
    rows.push(this.#edit(node.id, node.text));
    for (const comment of comments) this.#rows(comment, post, Math.min(depth + 1, DEEPEST), conversation, gone, rows);
  }

  #messenger(page) {
    const person = page.people.find((one) => one.feed_id === this.#person.value);
    const others = page.threads.map((thread) =>
      this.#kept.get(`thread:${thread.psid}`, [thread.name, thread.messages.length, thread.psid === person?.psid], () =>
        this.#threadButton(page, thread, person),
      ),
    );
    const thread = page.threads.find((one) => one.psid === person?.psid);
    const rows = (thread?.messages ?? []).flatMap((message) => [
      this.#message(message, thread),
      this.#edit(message.id, message.text),
    ]);
    const chooser = this.#kept.get(`threads:${page.id}`, 0, () =>
      h('div', { class: 'threads', role: 'group', 'aria-label': 'Messenger threads' }),
    );
    fill(chooser, others);
    const empty = h(
      'p',
      { class: 'empty' },
      `No messages between ${this.writer} and ${this.app.page.name} yet. Write the first one below.`,
    );
    fill(this.#list, [others.length && chooser, ...rows, !rows.length && empty]);
    const send = (text, photo) =>
      this.#act({ do: 'message', page: page.id, text, attachments: photo ? [{ type: 'image', url: made() }] : [] });
    fill(this.#foot, [
      this.#kept.get(`direct:${page.id}`, 0, () =>
        composer({ label: `Write a message to ${this.app.page.name}`, button: 'Send', photo: true, send }),
      ),
    ]);
  }

  #threadButton(page, thread, person) {
    const conversation = this.#direct(thread.psid);
    const choose = () => {
      this.#person.value = page.people.find((one) => one.psid === thread.psid)?.feed_id ?? this.#person.value;
      this.render();
      this.app.select(conversation, 'facebook');
    };
    const pressed = String(thread.psid === person?.psid);
    return h(
      'button',
      { type: 'button', 'aria-pressed': pressed, data: { thread: thread.psid }, on: { click: choose } },
      thread.name ?? 'Somebody',
      ' ',
      h('span', { class: 'count' }, String(thread.messages.length)),
    );
  }

  #message(message, thread) {
    const mine = !message.from_page && !message.unsent;
    const conversation = this.#direct(thread.psid);
    return this.#kept.get(`message:${message.id}`, message, () =>
      this.#said({
        id: message.id,
        depth: 0,
        conversation,
        text: message.text,
        at: message.at,
        bubble: true,
        media: message.attachments.map((file) => file.type),
        gone: message.unsent && 'Unsent',
        who: message.from_page ? 'page' : 'customer',
        name: message.from_page ? this.app.page.name : (thread.name ?? 'Somebody'),
        marks: [message.edits > 0 && 'edited', message.native && "written in the page's own inbox"],
        deeds: this.#own(mine, message.id, 'Unsend'),
      }),
    );
  }

  #direct(psid) {
    return `${this.app.page.account}:direct:${encodeId(psid)}`;
  }

  #said({ id, depth, conversation, text, at, media, who, name, gone, marks, deeds, bubble }) {
    const choose = () => conversation && this.app.select(conversation, 'facebook');
    const by = conversation
      ? h(
          'button',
          {
            type: 'button',
            class: 'who',
            'aria-pressed': 'false',
            title: 'Show this conversation everywhere',
            on: { click: choose },
          },
          name,
        )
      : h('span', { class: 'who' }, name);
    const shown = deeds.filter(Boolean);
    return h(
      'article',
      {
        class: bubble ? 'said bubble' : 'said',
        data: { id, who, depth, conversation },
        on: { click: (event) => !event.target.closest('button') && choose() },
      },
      h(
        'div',
        { class: 'by' },
        by,
        who === 'page' && badge('calm', 'page', 'Page'),
        time(at),
        ...marks.filter(Boolean).map((mark) => h('span', { class: 'mark' }, mark)),
      ),
      gone ? h('p', { class: 'text gone' }, gone) : text && h('p', { class: 'text', dir: 'auto' }, text),
      !gone &&
        media.map((kind) =>
          h('p', { class: 'photo' }, icon('photo'), kind === 'image' || kind === 'photo' ? 'Photo' : kind),
        ),
      shown.length ? h('div', { class: 'small' }, shown) : null,
    );
  }

  #own(mine, id, take) {
    if (!mine) return [];
    const remove = (event) =>
      this.graph.post('act', { do: 'remove', id }).catch((error) => this.app.say(error.message, event));
    return [this.#deed('Edit', { kind: 'edit', id }), h('button', { type: 'button', on: { click: remove } }, take)];
  }

  #deed(word, key) {
    return h('button', { type: 'button', on: { click: () => this.#ask(key) } }, word);
  }

  #edit(id, value) {
    const key = { kind: 'edit', id };
    const send = (text) => this.graph.post('act', { do: 'edit', id, text });
    return this.#isOpen(key) ? this.#asked(key, { label: 'New text', button: 'Save', value, send }) : null;
  }

  #isOpen({ kind, id }) {
    return this.#open?.kind === kind && this.#open.id === id;
  }

  #ask(key) {
    this.#open = key;
    this.#kept.drop(`asked:${key.kind}:${key.id}`);
    this.render();
    document.querySelector('#facebook [data-asked] textarea')?.focus();
  }

  /** The composer that was asked for; it goes when it was used. */
  #asked(key, options) {
    return this.#kept.get(`asked:${key.kind}:${key.id}`, 0, () => {
      const close = () => {
        this.#open = null;
        this.render();
        document.querySelector(`#facebook [data-id="${CSS.escape(key.id)}"] button`)?.focus();
      };
      const form = composer({
        ...options,
        cancel: close,
        send: async (...said) => {
          await options.send(...said);
          close();
        },
      });
      form.dataset.asked = '';
      return form;
    });
  }
}

/** The address of a photo that nobody took: the stand-in passes it on, nothing loads it. */
const made = () => `https://media.sandbox.example/photo/${Date.now()}.jpg`;
