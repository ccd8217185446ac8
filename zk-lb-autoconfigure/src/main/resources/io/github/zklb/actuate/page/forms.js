// The two questions: where a request goes, and what a change would do.

import { ask, byId, colour, element, endpointName, highlights, options, percent, words } from './dom.js';
import { forgetKey, showKey } from './ring.js';

const EXAMPLES = { key: 'user-42', header: 'X-User-Id: 42', cookie: 'SESSION=42', path: '/users/42', query: 'user=42' };
const MOVES = 20;

let asked = null;

export function startForms(service) {
  onSubmit('explain-form', 'explained', (form) => {
    asked = { service: service(), parameters: question(form) };
    return explain(asked);
  });
  onSubmit('rehearse-form', 'rehearsed', (form) => rehearse(service(), form));
  const form = byId('explain-form');
  form.elements.kind.addEventListener('change', () => {
    form.elements.value.placeholder = EXAMPLES[form.elements.kind.value];
  });
}

function onSubmit(formId, resultId, answer) {
  byId(formId).addEventListener('submit', (event) => {
    event.preventDefault();
    fill(resultId, () => answer(event.target));
  });
}

async function fill(resultId, answer) {
  const result = byId(resultId);
  result.setAttribute('aria-busy', 'true');
  try {
    result.replaceChildren(...(await answer()));
  } catch (failure) {
    result.replaceChildren(element('p', { className: 'message' }, failure.message));
  }
  result.removeAttribute('aria-busy');
}

const parts = (text) => text.split(/[\s,]+/).filter(Boolean);

// Explain.

function question({ elements }) {
  const value = elements.value.value.trim();
  const tried = parts(elements.tried.value).map((address) => ['tried', address]);
  return value === '' ? tried : [[elements.kind.value, value], ...tried];
}

/** Asks the last question once more, since the service has changed. */
export function explainAgain() {
  if (asked !== null) fill('explained', () => explain(asked));
}

export function forgetQuestion() {
  asked = null;
  for (const id of ['explained', 'rehearsed']) byId(id).replaceChildren();
}

async function explain({ service, parameters }) {
  const answer = await ask(service, 'explain', parameters);
  const { key, explanation } = answer;
  if (explanation === null) return [element('p', { className: 'message' }, 'The service is not loaded yet.')];
  const { hash = null, sector = null } = answer;
  forgetKey();
  const needle = explanation.deterministic ? showKey(hash, sector, explanation.sequence) : null;
  needle?.point(0);
  return [
    verdict(explanation),
    facts([
      ['key', keySource(key)],
      ['hash', hash],
      ['sector', sector && `${percent(sector.from)} to ${percent(sector.to)}${sector.share == null ? '' : `, ${(100 * sector.share).toFixed(3)} % of all keys`}${sector.owner ? `, of ${sector.owner}` : ''}`],
    ]),
    explanation.deterministic ? sequence(explanation.sequence, needle) : shares(explanation.shares),
    explanation.leftOut > 0 ? element('p', { className: 'quiet' }, `${number(explanation.leftOut)} more ${explanation.deterministic ? 'are skipped' : 'have a share'} and are not shown.`) : '',
    stages(explanation.stages),
  ];
}

function verdict({ none, sequence: steps, deterministic, shares: drawn, leftOut }) {
  if (none) return element('p', { className: 'message' }, none);
  const chosen = steps.find((step) => step.verdict === 'CHOSEN');
  if (deterministic && chosen) return element('p', { className: 'answer' }, 'To ', endpointName(chosen.address));
  return element('p', { className: 'answer' }, `By turns or by chance, to ${drawn.length + leftOut} endpoints:`);
}

function keySource(key) {
  if (!key) return null;
  if (key.present) return key.source === 'key' ? 'as given' : `from ${key.source}`;
  return key.triedSources.length === 0 ? 'none' : `none in ${key.triedSources.join(', ')}`;
}

function facts(all) {
  return element('dl', { className: 'facts' }, ...all.filter(([, value]) => value != null).map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, value))));
}

function sequence(steps, needle) {
  const items = steps.map((step, i) => {
    const content = [endpointName(step.address), element('small', { className: 'quiet' },
      [words(step.verdict), step.reason && words(step.reason), step.tier > 0 && `tier ${step.tier}`].filter(Boolean).join(' · '))];
    const entry = needle === null ? element('span', { className: 'step' }, ...content) : element('button', { className: 'step', type: 'button' }, ...content);
    entry.addEventListener('click', () => needle?.point(i));
    return highlights(element('li', { className: words(step.verdict) }, entry), step.address);
  });
  const list = element('ol', { className: 'sequence' }, ...items);
  if (needle === null) return list;
  const walk = element('button', { type: 'button', className: 'plain' }, 'Walk the sequence');
  walk.addEventListener('click', () => needle.walk());
  return element('div', {}, list, walk);
}

function shares(drawn) {
  const most = Math.max(0.0001, ...drawn.map((each) => each.share));
  return element('ul', { className: 'bars' }, ...drawn.map(({ address, share }) => barItem(address, percent(share), share / most)));
}

function barItem(address, text, fraction) {
  const filled = element('span', { className: 'filled' });
  filled.style.width = `${100 * fraction}%`;
  return highlights(element('li', {}, endpointName(address),
    element('span', { className: `bar ${colour(address)}`, 'aria-hidden': 'true' }, filled), element('span', { className: 'figure' }, text)), address);
}

function stages(all) {
  const rows = all.map(({ stage, in: before, out, noted, because = [] }) => element('tr', {},
    element('th', { scope: 'row' }, stage),
    element('td', { className: 'number' }, before === out ? `${out}` : `${before} → ${out}`),
    element('td', {}, ...because.flatMap(({ address, reason }) => [endpointName(address), ` ${words(reason)} `]),
      noted > because.length ? `and ${noted - because.length} more` : '')));
  return element('details', {}, element('summary', {}, 'Stages'),
    element('table', {}, element('thead', {}, element('tr', {}, ...['Stage', 'Endpoints', 'Because'].map((name) => element('th', { scope: 'col' }, name)))),
      element('tbody', {}, ...rows)));
}

// Rehearse.

/** Offers the endpoints and zones that there are. */
export function offerChanges({ endpoints, strategy }) {
  const { elements } = byId('rehearse-form');
  const addresses = endpoints.map((each) => each.address);
  options(elements.remove, addresses, 'none');
  options(elements.weigh, addresses, 'none');
  options(elements.drainZone, [...new Set(endpoints.map((each) => each.zone).filter(Boolean))].sort(), 'none');
  elements.algorithm.disabled = strategy.name !== 'consistent-hash' && elements.strategy.value !== 'consistent-hash';
}

async function rehearse(service, { elements }) {
  const parameters = [];
  const add = (name, value) => value && parameters.push([name, value]);
  add('remove', elements.remove.value);
  add('drainZone', elements.drainZone.value);
  if (elements.weigh.value) add('weight', `${elements.weigh.value}=${elements.weight.value}`);
  if (elements.add.value.trim()) add('add', `${elements.add.value.trim()};weight=${elements.addWeight.value}`);
  add('strategy', elements.strategy.value);
  if (!elements.algorithm.disabled) add('algorithm', elements.algorithm.value);
  if (parameters.length === 0) return [element('p', { className: 'message' }, 'Choose a change first.')];
  const answer = await ask(service, 'rehearse', parameters);
  return [
    element('p', { className: 'answer' },
      element('span', { className: `badge ${words(answer.verdict)}` }, words(answer.verdict)),
      ` ${number(answer.movedPercent)} % of the requests go elsewhere`,
      element('small', { className: 'quiet' }, [answer.idealPercent != null && `at least ${number(answer.idealPercent)} % must`, answer.exact === false && 'estimated'].filter(Boolean).join(' · '))),
    ...(answer.because ?? []).map((reason) => element('p', {}, reason)),
    comparison('Endpoint', answer.endpoints ?? [], (each) => endpointName(each.address)),
    comparison('Zone', answer.zones ?? [], (each) => each.zone || 'none'),
    moves(answer.moves ?? []),
  ];
}

const number = (value) => (value == null ? '–' : value.toLocaleString('en', { maximumFractionDigits: 2 }));

function comparison(title, all, name) {
  if (all.length === 0) return '';
  const share = (value) => (value == null ? '–' : percent(value));
  const rows = all.slice(0, 200).map((each) => element('tr', { className: share(each.before) === share(each.after) ? 'quiet' : '' },
    element('th', { scope: 'row' }, name(each)),
    element('td', { className: 'number' }, share(each.before)),
    element('td', { className: 'number' }, share(each.after)),
    element('td', { className: 'number' }, number(each.load?.before)),
    element('td', { className: 'number' }, number(each.load?.after))));
  return element('table', {}, element('thead', {}, element('tr', {}, ...[title, 'Share before', 'After', 'Load before', 'After'].map((head, i) =>
    element('th', { scope: 'col', className: i === 0 ? '' : 'number' }, head)))), element('tbody', {}, ...rows));
}

function moves(all) {
  if (all.length === 0) return '';
  return element('details', {}, element('summary', {}, 'From where to where'), element('ul', { className: 'moves' },
    ...all.slice(0, MOVES).map((move) => element('li', {}, endpointName(move.from ?? 'none'), ' → ', endpointName(move.to ?? 'none'), ` ${number(move.percent)} %`))));
}
