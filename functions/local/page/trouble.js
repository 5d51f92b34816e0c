// Switches that make the stand-ins misbehave, so that one sees what the bridge does about it.

import { Kept, badge, fill, h } from './dom.js';

export class Trouble {
  #kept = new Kept();
  #problem = h('p', { class: 'problem', role: 'alert' });

  constructor(app) {
    this.app = app;
  }

  /** Faults for single calls; each works for the next call that fits. */
  #once(desk, title) {
    const { account, remote, view } = this.app.customers;
    const { name, refusal } = view.platform;
    const post = (at, rule) => () => at.post('faults', rule);
    return [
      [`${title} answers 503 for the next 3 calls`, post(desk, { kind: { status: { code: 503 } }, times: 3 })],
      [`${title} asks to wait 5 seconds, once`, post(desk, { kind: { throttle: { retry_after_s: 5 } } })],
      [
        'The next new ticket is made, but the answer gets lost',
        post(desk, { method: 'POST', path: '/tickets', kind: 'lost_after' }),
      ],
      ['The next reply is posted, but the answer gets lost', post(remote, { method: 'POST', kind: 'lost_after' })],
      [
        'The next reply gets lost on its way; certain after 2 minutes',
        post(remote, { method: 'POST', kind: 'lost_before' }),
      ],
      [`${name} refuses the next reply`, () => remote.post('control', refusal(account.id))],
    ];
  }

  render() {
    const { brand, customers, helpdesk } = this.app;
    const { account, remote, view } = customers;
    const desk = helpdesk.remote;
    if (!remote.state || !desk.state) return;
    const { platform } = view;
    const bad = isBad(platform, remote, account);
    const down = desk.state.maintenance === true;
    const { title } = helpdesk.kind;
    const once = this.#once(desk, title).map(([words, act]) =>
      this.#kept.get(`once:${account.name}:${words}`, 0, () => this.#button(words, act)),
    );
    fill(document.getElementById('troubles'), [
      this.#kept.get(`token:${account.name}`, bad, () =>
        this.#switch(`${brand.name}'s ${platform.name} token is revoked`, bad, () =>
          remote.post('control', platform.token(account.id, bad ? 'valid' : 'revoked')),
        ),
      ),
      this.#kept.get(`down:${brand.name}`, down, () =>
        this.#switch(`${title} is down for maintenance`, down, () =>
          desk.post('control', { do: 'maintenance', on: !down }),
        ),
      ),
      ...once,
      this.#problem,
    ]);
    this.#armed(desk, title, down);
  }

  #armed(desk, title, down) {
    const remotes = Object.values(this.app.platforms).filter((remote) => remote.state);
    const dead = this.#accounts().filter(({ platform, remote, account }) => isBad(platform, remote, account));
    const rules = [
      ...desk.faults.map((rule) => `${title}: ${words(rule)}`),
      ...remotes.flatMap((remote) => [
        ...remote.faults.map((rule) => `${remote.title}: ${words(rule)}`),
        ...remote.state.faults.map(
          ({ code, status, calls }) => `${remote.title}: refuses with ${code ?? status}, ${times(calls ?? 0)}`,
        ),
      ]),
      ...dead.map(({ platform }) => `${platform.name}: token revoked`),
      down && `${title}: maintenance`,
    ].filter(Boolean);
    fill(document.getElementById('armed'), [
      rules.length &&
        this.#kept.get(`armed:${this.app.brand.name}`, rules, () =>
          h(
            'div',
            { class: 'armed' },
            badge('wait', 'warn', 'Switched on'),
            h(
              'ul',
              {},
              rules.map((rule) => h('li', {}, rule)),
            ),
            this.#button('Repair everything', () => this.#repair(desk)),
          ),
        ),
    ]);
  }

  /** The brand's accounts on platforms, with their stand-ins. */
  #accounts() {
    return this.app.customers.accounts.filter(({ remote }) => remote.state);
  }

  async #repair(desk) {
    for (const remote of Object.values(this.app.platforms)) {
      await remote.post('faults', null, 'DELETE');
      await remote.post('control', { do: 'repair' });
    }
    for (const { platform, remote, account } of this.#accounts())
      await remote.post('control', platform.token(account.id, 'valid'));
    await desk.post('faults', null, 'DELETE');
    await desk.post('control', { do: 'maintenance', on: false });
  }

  #button(text, act) {
    return h('button', { type: 'button', on: { click: () => this.#try(act) } }, text);
  }

  #switch(text, on, act) {
    return h(
      'button',
      { type: 'button', role: 'switch', 'aria-checked': String(on), on: { click: () => this.#try(act) } },
      h('span', { class: 'knob', 'aria-hidden': 'true' }),
      text,
    );
  }

  async #try(act) {
    this.#problem.textContent = '';
    try {
      await act();
    } catch (error) {
      this.#problem.textContent = error.message;
    }
  }
}

const isBad = (platform, remote, account) => {
  const source = platform.account(remote.state, account.id);
  return !!source && source.token !== 'valid';
};

const times = (count) => (count === 0 ? 'until repaired' : count === 1 ? 'once' : `${count} times`);

/** A fault in words. */
function words({ kind, times: left }) {
  const [name, facts] = typeof kind === 'string' ? [kind, {}] : Object.entries(kind)[0];
  const what =
    {
      status: `answers ${facts.code}`,
      throttle: `asks to wait ${facts.retry_after_s} s`,
      lost_after: 'does it, answer lost',
      lost_before: 'call lost',
      late_apply: 'does it late, answer lost',
      hang: 'answers late',
      slow: 'is slow',
      garbage: 'answers nonsense',
    }[name] ?? name;
  return `${what}, ${times(left)}`;
}
