// Switches that make the stand-ins misbehave, so that one sees what the bridge does about it.

import { Kept, badge, fill, h } from './dom.js';

export class Trouble {
  #kept = new Kept();
  #problem = h('p', { class: 'problem', role: 'alert' });

  constructor(app, graph) {
    Object.assign(this, { app, graph });
  }

  /** Faults for single calls; each works for the next call that fits. */
  #once() {
    const desk = this.app.helpdesks[this.app.page.helpdesk];
    const title = this.app.helpdesk.kind.title;
    const post = (remote, rule) => () => remote.post('faults', rule);
    return [
      [`${title} answers 503 for the next 3 calls`, post(desk, { kind: { status: { code: 503 } }, times: 3 })],
      [`${title} asks to wait 5 seconds, once`, post(desk, { kind: { throttle: { retry_after_s: 5 } } })],
      [
        'The next new ticket is made, but the answer gets lost',
        post(desk, { method: 'POST', path: '/tickets', kind: 'lost_after' }),
      ],
      ['The next reply is posted, but the answer gets lost', post(this.graph, { method: 'POST', kind: 'lost_after' })],
      [
        'The next reply gets lost on its way; certain after 2 minutes',
        post(this.graph, { method: 'POST', kind: 'lost_before' }),
      ],
      [
        'Facebook refuses the next reply',
        () => this.graph.post('control', { do: 'fault', page: this.app.page.id, method: 'POST', code: 368, calls: 1 }),
      ],
    ];
  }

  render() {
    const page = this.graph.state?.pages.find((one) => one.id === this.app.page.id);
    const desk = this.app.helpdesks[this.app.page.helpdesk];
    if (!page || !desk.state) return;
    const { id, name } = this.app.page;
    const bad = page.token !== 'valid';
    const down = desk.state.maintenance === true;
    const title = this.app.helpdesk.kind.title;
    const once = this.#once().map(([words, act]) =>
      this.#kept.get(`once:${id}:${words}`, 0, () => this.#button(words, act)),
    );
    fill(document.getElementById('troubles'), [
      this.#kept.get(`token:${id}`, bad, () =>
        this.#switch(`${name}'s Facebook token is revoked`, bad, () =>
          this.graph.post('control', { do: 'token', page: id, state: bad ? 'valid' : 'revoked' }),
        ),
      ),
      this.#kept.get(`down:${id}`, down, () =>
        this.#switch(`${title} is down for maintenance`, down, () =>
          desk.post('control', { do: 'maintenance', on: !down }),
        ),
      ),
      ...once,
      this.#problem,
    ]);
    this.#armed(desk, title, bad, down);
  }

  #armed(desk, title, bad, down) {
    const rules = [
      ...desk.faults.map((rule) => `${title}: ${words(rule)}`),
      ...this.graph.faults.map((rule) => `Facebook: ${words(rule)}`),
      ...this.graph.state.faults.map((fault) => `Facebook: refuses with ${fault.code}, ${times(fault.calls ?? 0)}`),
      bad && 'Facebook: token revoked',
      down && `${title}: maintenance`,
    ].filter(Boolean);
    fill(document.getElementById('armed'), [
      rules.length &&
        this.#kept.get(`armed:${this.app.page.id}`, rules, () =>
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

  async #repair(desk) {
    await this.graph.post('faults', null, 'DELETE');
    await desk.post('faults', null, 'DELETE');
    await this.graph.post('control', [{ do: 'repair' }, { do: 'token', page: this.app.page.id, state: 'valid' }]);
    await desk.post('control', { do: 'maintenance', on: false });
  }

  #button(text, act) {
    return h('button', { type: 'button', on: { click: () => this.#try(act) } }, text);
  }

  #switch(text, on, act) {
    return h(
      'button',
      {
        type: 'button',
        role: 'switch',
        'aria-checked': String(on),
        on: {
          click: async () => {
            await this.#try(act);
          },
        },
      },
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
