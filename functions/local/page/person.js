// Who writes: somebody whom the account knows, or somebody new.

import { Kept, fill, h } from './dom.js';

const NEW = 'new';

export class Person {
  #kept = new Kept();
  #chosen = new Map(); // account -> id
  #meets = null; // the id of somebody new until the stand-in knows them
  #account = null;
  #select = document.getElementById('person');
  #name = document.getElementById('new-person');

  constructor(changed) {
    this.#select.addEventListener('change', () => {
      this.#meets = null;
      this.#chosen.set(this.#account, this.#select.value);
      changed();
      if (this.#select.value === NEW) this.#name.focus();
    });
  }

  get id() {
    return this.#select.value;
  }

  /** By name. */
  get name() {
    const chosen = this.#select.selectedOptions[0];
    return chosen && chosen.value !== NEW ? chosen.textContent : this.#name.value.trim() || 'a customer';
  }

  choose(account, id) {
    this.#chosen.set(account, id);
  }

  /** Offers these people: `{ id, ids, name }`, where `ids` are all by which they are known. */
  show(account, people) {
    this.#account = account;
    const met = people.find((one) => this.#meets && one.ids.includes(this.#meets));
    if (met) this.#met(account, met);
    const options = [...people, { id: NEW, name: 'Somebody new' }];
    fill(
      this.#select,
      options.map((one) =>
        this.#kept.get(`${account}:${one.id}`, one.name, () => h('option', { value: one.id }, one.name)),
      ),
    );
    // Somebody may have got another id meanwhile.
    const wanted = this.#chosen.get(account);
    const chosen = wanted === NEW ? NEW : (people.find((one) => one.ids.includes(wanted)) ?? options[0]).id;
    this.#select.value = chosen;
    this.#chosen.set(account, chosen);
    this.#name.hidden = this.#select.value !== NEW;
  }

  #met(account, person) {
    this.#meets = null;
    this.#name.value = '';
    this.#chosen.set(account, person.id);
  }

  /** What tells a stand-in who acts; throws if nobody was named. */
  acting() {
    const isNew = this.id === NEW;
    const name = this.#name.value.trim();
    if (isNew && !name) {
      this.#name.focus();
      throw new Error('Say who writes: give the new customer a name.');
    }
    this.#meets = isNew ? (this.#meets ?? String(Date.now())) : null;
    return isNew ? { person: this.#meets, name } : { person: this.id };
  }
}
