// The sample's own buttons, and the figures of both loads beside each other.

import { assignColours, byId, colour, element, percent, setText } from './actuator/zklbpage/dom.js';

const EACH = 1000;
const WINDOW = 10;

let states = [];
let base = null;
let pressed = 0;

async function press(action, more = {}) {
  pressed++;
  const focused = document.activeElement?.id;
  try {
    const response = await fetch('play', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ action, ...more }),
    });
    if (response.ok) show(await response.json());
    else problem(`That could not be done: ${(await response.json()).message ?? response.status}`);
  } catch {
    problem('The sample does not answer.');
  }
  pressed--;
  if (focused) byId(focused)?.focus();
}

function problem(text) {
  byId('problem').hidden = text === null;
  setText(byId('problem'), text ?? '');
}

function button(id, text, disabled, action, more) {
  const made = element('button', { id, type: 'button', disabled }, text);
  made.addEventListener('click', () => {
    made.disabled = true;
    made.setAttribute('aria-busy', 'true');
    press(action, more);
  });
  return made;
}

function providerRow({ name, address, weight, running, slow }, zookeeper) {
  const about = (more) => ({ provider: name, ...more });
  const steps = element('span', { className: 'weight', role: 'group', 'aria-label': `weight of ${name}` },
    button(`${name}-less`, '−', !running || !zookeeper || weight === 0, 'WEIGH', about({ weight: weight - 1 })),
    element('output', {}, weight),
    button(`${name}-more`, '+', !running || !zookeeper || weight === 20, 'WEIGH', about({ weight: weight + 1 })));
  return element('tr', {},
    element('th', { scope: 'row' }, element('span', { className: colour(address) }, element('span', { className: 'swatch' }), name),
      element('small', { className: 'quiet' }, address)),
    element('td', {}, steps),
    element('td', {}, button(`${name}-pace`, slow ? 'Fast' : 'Slow', !running, slow ? 'FAST' : 'SLOW', about())),
    element('td', {}, running ? button(`${name}-life`, 'Kill', false, 'KILL', about()) : button(`${name}-life`, 'Start', !zookeeper, 'START', about())));
}

const total = (load) => load.failed + Object.values(load.answers).reduce((sum, each) => sum + each, 0);

/** What a load did between two states. */
function since(before, now) {
  const answers = Object.fromEntries(Object.entries(now.answers).map(([answer, count]) => [answer, count - (before.answers[answer] ?? 0)]));
  const made = { failed: now.failed - before.failed, moved: now.moved - before.moved, millis: now.millis - before.millis, answers };
  return { ...made, requests: total(made) };
}

function show(state) {
  states.push({ ...state, at: performance.now() });
  states = states.slice(-WINDOW - 1);
  base ??= state;
  assignColours(state.providers.map((each) => each.address));
  byId('play').hidden = false;
  byId('add').disabled = state.full || !state.zookeeper;
  setText(byId('zookeeper'), state.zookeeper ? 'Stop ZooKeeper' : 'Start ZooKeeper');
  byId('zookeeper').disabled = false;
  if (document.activeElement !== byId('strategy')) byId('strategy').value = state.strategy;
  if (document.activeElement !== byId('algorithm')) byId('algorithm').value = state.algorithm;
  byId('algorithm').disabled = state.strategy !== 'consistent-hash';
  replaceRows('providers', state.providers.map((each) => providerRow(each, state.zookeeper)));

  const all = state.loads.map((load, i) => since(base.loads[i], load));
  const recent = state.loads.map((load, i) => since(states[0].loads[i], load));
  const seconds = Math.max(1, (states.at(-1).at - states[0].at) / 1000);
  const row = (name, values, text, worse) => element('tr', {}, element('th', { scope: 'row' }, name),
    ...values.map((value) => element('td', { className: worse && value > Math.min(...values) ? 'worse' : '' }, text(value))));
  const answered = recent.map((load) => load.requests - load.failed);
  replaceRows('figures', [
    row('requests', all.map((load) => load.requests), number),
    row('failed', all.map((load) => load.failed), number, true),
    row('user’s provider changed', all.map((load) => load.moved), number),
    row('a second', recent.map((load) => load.requests / seconds), number),
    row('mean time', recent.map((load, i) => load.millis / Math.max(1, answered[i])), (value) => `${number(value)} ms`),
  ]);
  const share = (provider, i) => (recent[i].answers[provider.answer] ?? 0) / Math.max(1, answered[i]);
  replaceRows('shares', state.providers.map((provider) => element('tr', {},
    element('th', { scope: 'row' }, provider.name),
    ...recent.map((_, i) => {
      const filled = element('span', { className: 'filled' });
      filled.style.width = `${100 * share(provider, i)}%`;
      return element('td', {}, element('span', { className: `bar ${colour(provider.address)}`, 'aria-hidden': 'true' }, filled), percent(share(provider, i)));
    }))));
}

const number = (value) => Math.round(value).toLocaleString('en');

/** Rows that say the same stay, and with them what is focused. */
function replaceRows(id, rows) {
  const body = byId(id);
  rows.forEach((row, i) => {
    const old = body.children[i];
    if (old === undefined) body.append(row);
    else if (!old.isEqualNode(row)) {
      const focused = document.activeElement?.id;
      old.replaceWith(row);
      if (focused) byId(focused)?.focus();
    }
  });
  while (body.children.length > rows.length) body.lastChild.remove();
}

async function poll() {
  if (!document.hidden && pressed === 0) {
    try {
      const response = await fetch('play', { cache: 'no-store' });
      if (response.ok && pressed === 0) {
        show(await response.json());
        problem(null);
      }
      if (byId('play').hidden || byId('table').textContent === '') setText(byId('table'), await (await fetch('table')).text());
    } catch {
      problem('The sample does not answer.');
    }
  }
  setTimeout(poll, EACH);
}

byId('add').addEventListener('click', () => {
  byId('add').disabled = true;
  press('ADD');
});
byId('zookeeper').addEventListener('click', () => {
  byId('zookeeper').disabled = true;
  press(states.at(-1).zookeeper ? 'STOP_ZOOKEEPER' : 'START_ZOOKEEPER');
});
byId('strategy').addEventListener('change', () => press('STRATEGY', { strategy: byId('strategy').value }));
byId('algorithm').addEventListener('change', () => press('ALGORITHM', { algorithm: byId('algorithm').value }));
byId('anew').addEventListener('click', () => {
  base = states.at(-1) ?? null;
});
byId('page').addEventListener('load', () => {
  const page = byId('page').contentDocument;
  new ResizeObserver(() => {
    byId('page').style.height = `${page.documentElement.offsetHeight}px`;
  }).observe(page.documentElement);
});
poll();
