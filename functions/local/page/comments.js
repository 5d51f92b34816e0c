// Posts with their comments, and places to comment. A view gives the posts, and the acts.

import { Kept, composer, fill, h } from './dom.js';
import { encodeId } from './live.js';
import { Rows, made } from './rows.js';

const DEEPEST = 3;

export class Comments {
  #kept = new Kept();

  constructor(view, column) {
    Object.assign(this, { view, column, rows: new Rows(view, column) });
  }

  close() {
    this.rows.close();
  }

  render(source, list, foot) {
    const posts = this.view.posts(source).sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
    fill(
      list,
      posts.map((post) => this.#post(post)),
    );
    fill(foot, [this.view.newPost && this.#offer(source)]);
  }

  #offer(source) {
    const { offer, label, begins, act } = this.view.newPost;
    const { name } = this.column.app.brand;
    const key = { kind: 'post', id: this.column.account.name };
    const send = (text, photo) => this.column.act(act(source, text, made(photo)));
    const options = { label, button: 'Post', value: begins?.(source), photo: this.view.photos, send };
    const closed = () =>
      h('button', { type: 'button', class: 'wide', on: { click: () => this.rows.ask(key) } }, offer(name));
    return this.rows.asked(key, options) ?? this.#kept.get(`offer:${key.id}`, 0, closed);
  }

  #post(post) {
    const section = this.#kept.get(`post:${post.id}`, 0, () =>
      h('section', { class: 'post', data: { post: post.id } }),
    );
    const rows = [];
    this.#walk(post, { post: post.thread ?? post.id, depth: 0, above: null, buried: false }, rows);
    if (!post.gone) rows.push(this.#under(post.id));
    fill(section, rows);
    return section;
  }

  #under(post) {
    return this.#kept.get(`under:${post}`, 0, () =>
      composer({ ...this.view.under, photo: this.view.photos, send: this.#comment(post) }),
    );
  }

  #comment(on) {
    return (text, photo) => this.column.act(this.view.comment(on, text, made(photo)));
  }

  /** One row per post or comment, each followed by the composer that was asked for on it. */
  #walk(node, { post, depth, above, buried }, rows) {
    const customer = node.customer ?? node.author;
    const own = customer && `${this.column.account.name}:post:${encodeId(post)}:${encodeId(customer)}`;
    const conversation = own ?? above;
    const { comments, ...data } = node;
    const gone = node.gone || (buried && 'Removed with what it answered');
    const mine = !!own && node.author === this.column.person.id && !gone;
    const deeds = () => [
      depth > 0 && !gone && this.rows.deed('Reply', { kind: 'reply', id: node.id }),
      mine && this.rows.own(node.id),
    ];
    rows.push(
      this.#kept.get(`node:${node.id}`, [data, depth, conversation, mine, gone], () =>
        this.rows.said({ ...node, gone }, { depth, conversation, deeds: deeds().flat() }),
      ),
      this.#reply(node),
      this.rows.editor(node.id, node.text),
    );
    const below = { post, depth: Math.min(depth + 1, DEEPEST), above: conversation, buried: !!gone };
    for (const comment of comments) this.#walk(comment, below, rows);
  }

  #reply({ id, name }) {
    const options = { label: `Reply to ${name}`, button: 'Reply', photo: this.view.photos, send: this.#comment(id) };
    return this.rows.asked({ kind: 'reply', id }, options);
  }
}
