// Reads the endpoint each second and shows what it says. Nothing on this page changes anything.

import { ask, askIfKnown, assignColours, byId, colour, duration, element, endpointName, highlights, options, percent, Refused, setText, words } from './dom.js';
import { drawRing } from './ring.js';
import { showSteering } from './steering.js';
import { explainAgain, forgetQuestion, offerChanges, startForms } from './forms.js';

const EACH = 1000;
const SHOWN = 200;
const REMEMBERED = 256;
const SECTORS = 10000;

const STATES = ['SERVING', 'REPORTED', 'OTHER_ZONE', 'OVERLAY_WEIGHT', 'WARMING', 'HELD', 'HELD_DEMOTED', 'PANIC', 'EJECTED', 'HELD_GONE', 'OVERLAY_DRAINED', 'DRAINED', 'NOT_UP'];

let service = null;
let drawn = '';
let nextEvent = null;
let paused = false;
let timer = null;
let generation = 0;
let seen = null;
let scale = 1;

// Choosing a service.

const wanted = () => {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
};

function choose(next) {
  service = next;
  generation++;
  drawn = '';
  nextEvent = 0;
  drawRing(null);
  byId('log').replaceChildren();
  byId('rows').replaceChildren();
  forgetQuestion();
  byId('events').hidden = true;
  byId('rehearse').hidden = true;
  document.title = next === null ? 'zk-lb' : `${next} – zk-lb`;
}

function showServices(all) {
  const ids = all.services.map((each) => each.service);
  const select = byId('service');
  options(select, ids);
  select.disabled = ids.length === 0;
  const next = ids.includes(wanted()) ? wanted() : ids.includes(service) ? service : ids[0] ?? null;
  if (next !== service) choose(next);
  if (next !== null) select.value = next;
}

// One service.

function showBanner(description) {
  const { membership, strategy, digest } = description;
  const state = membership?.state ?? 'ELSEWHERE';
  byId('banner').className = `card ${words(state).replaceAll(' ', '-')}`;
  setText(byId('state'), words(state));
  setText(byId('cause'), membership?.cause ?? 'the endpoints of this service come from another registry');
  const facts = [];
  if (membership) {
    facts.push(['for', duration(membership.ageMs)]);
    facts.push(['serving', `${membership.serving} of ${membership.known}`]);
    if (membership.held > 0) facts.push(['held', membership.held]);
    if (membership.invalidNodes > 0) facts.push(['invalid', membership.invalidNodes]);
  }
  facts.push(['strategy', strategy.name]);
  if (digest?.endpoints) facts.push(['digest', `${digest.endpoints.slice(0, 6)}·${digest.placement.slice(0, 6)}`]);
  byId('facts').replaceChildren(...facts.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))));
  byId('banner').hidden = false;
}

/** The observed share as a bar in the endpoint's colour, and the expected one as a line across it. */
function shareCell({ address, share }) {
  if (!share) return '–';
  const { expected, observed } = share;
  const bar = element('span', { className: `bar ${colour(address)}`, 'aria-hidden': 'true' });
  if (observed != null) {
    const filled = element('span', { className: 'filled' });
    filled.style.width = `${Math.min(100, 100 * scale * observed)}%`;
    bar.append(filled);
  }
  if (expected != null) {
    const tick = element('span', { className: 'tick' });
    tick.style.left = `${Math.min(100, 100 * scale * expected)}%`;
    bar.append(tick);
  }
  const text = `${observed == null ? '–' : percent(observed)} of ${expected == null ? '–' : percent(expected)}`;
  return element('span', { className: 'share' }, bar, text);
}

const number = (value, digits = 0) => (value == null ? '–' : value.toLocaleString('en', { maximumFractionDigits: digits }));

const COLUMNS = [
  ['Endpoint', (each) => element('span', {}, endpointName(each.address),
    element('small', { className: 'quiet' }, [each.zone && `zone ${each.zone}`, each.version && `version ${each.version}`].filter(Boolean).join(' · ')))],
  ['Weight', (each) => number(typeof each.weight === 'object' && each.weight ? each.weight.effective ?? each.weight.declared : each.weight, 3), 'number'],
  ['Share, observed of expected', shareCell, 'shares', 'share'],
  ['State', (each) => element('span', {}, element('span', { className: `badge ${words(each.state).replaceAll(' ', '-')}` }, words(each.state)),
    element('small', { className: 'quiet' }, why(each))), 'condition'],
  ['In flight', (each) => number(each.inFlight), 'number'],
  ['Latency', (each) => (each.latencyMs ? `${number(each.latencyMs, each.latencyMs < 10 ? 1 : 0)} ms` : '–'), 'number'],
  ['Picks', (each) => number(each.picks), 'number', 'picks'],
  ['Errors', (each) => number(each.errors), 'number', 'errors'],
];

const clock = (time) => new Date(time).toLocaleTimeString('en-GB');

function why(each) {
  const others = (each.because ?? []).map((reason) => reason.reason ?? reason).filter((reason) => reason !== each.state).map(words);
  if (each.acceptance > 0 && each.acceptance < 1) others.push(`given ${percent(each.acceptance)} of its share`);
  if (each.ejection) others.push(`since ${clock(each.ejection.since)}`, each.ejection.until ? `until ${clock(each.ejection.until)}` : 'until a connection comes about');
  if (each.tier > 0) others.push(`tier ${each.tier}`);
  return others.join(' · ');
}

/** Rows and cells that did not change stay as they are, and so does what is focused in them. */
function showEndpoints(description) {
  const endpoints = description.endpoints;
  assignColours(endpoints.map((each) => each.address));
  scale = 0.92 / Math.max(0.0001, ...endpoints.flatMap(({ share }) => (share ? [share.expected ?? 0, share.observed ?? 0] : [])));
  const columns = COLUMNS.filter(([, , , part]) => part === undefined || endpoints.some((each) => each[part] != null));
  const heads = columns.map(([name, , kind]) => element('th', { scope: 'col', className: kind ?? '' }, name));
  if (byId('columns').textContent !== heads.map((head) => head.textContent).join('')) {
    byId('columns').replaceChildren(...heads);
    byId('rows').replaceChildren();
  }
  const rows = new Map([...byId('rows').children].map((row) => [row.dataset.address, row]));
  const shown = endpoints.map((each) => {
    const row = rows.get(each.address) ?? highlights(
      element('tr', {}, ...columns.map(([name, , kind]) => element('td', { className: kind ?? '', 'data-label': name }))), each.address);
    row.className = `${each.tier === null ? 'out ' : ''}${row.classList.contains('highlighted') ? 'highlighted' : ''}`;
    columns.forEach(([, cell], i) => {
      const content = element('div', {}, cell(each));
      if (!row.cells[i].firstChild?.isEqualNode(content)) row.cells[i].replaceChildren(content);
    });
    return row;
  });
  const body = byId('rows');
  if (shown.length !== body.children.length || shown.some((row, i) => row !== body.children[i])) body.replaceChildren(...shown);
  const more = description.matching - endpoints.length;
  setText(byId('endpoints-note'), more > 0 ? `${number(more)} more are not shown.` : endpoints.length === 0 ? 'None.' : '');
  const states = STATES.concat(endpoints.map((each) => each.state).filter((state) => !STATES.includes(state)));
  options(byId('filter'), [...new Set(states)], 'all');
}

function showEvents(answer) {
  byId('events').hidden = answer === null;
  if (answer === null) {
    nextEvent = null;
    return;
  }
  const log = byId('log');
  if (answer.next < nextEvent) { // the service was forgotten and is used again
    log.replaceChildren();
    nextEvent = 0;
    return;
  }
  const fresh = answer.events.filter((event) => event.number >= nextEvent); // two questions may overlap
  nextEvent = answer.next;
  for (const event of fresh) {
    const time = new Date(event.time);
    log.prepend(element('li', {},
      element('time', { dateTime: event.time }, Number.isNaN(time.getTime()) ? event.time : time.toLocaleTimeString('en-GB')),
      element('strong', {}, words(event.kind)),
      element('span', {}, event.address ? endpointName(event.address) : event.count > 0 ? `${number(event.count)} endpoints` : '', ` ${event.detail ?? ''}`)));
  }
  while (log.children.length > REMEMBERED) log.lastChild.remove();
  log.classList.toggle('empty', log.children.length === 0);
}

async function showService(current) {
  const state = byId('filter').value;
  const description = await ask(service, 'detail', [['limit', SHOWN], ...(state ? [['state', state]] : [])]);
  if (current !== generation) return;
  showBanner(description);
  showEndpoints(description);
  showSteering(description);
  byId('panels').hidden = false;
  // The ring is as large as the service; it is asked for when something may have changed it.
  const now = JSON.stringify([description.digest, description.strategy, description.membership?.known, description.membership?.serving]);
  if (now !== drawn) {
    const ring = await askIfKnown(service, 'ring', [['limit', SECTORS]]);
    if (current !== generation) return;
    drawn = now;
    drawRing(ring?.arcs ? ring : null);
    byId('rehearse').hidden = ring === null; // who knows the one knows the other, too
    explainAgain();
  }
  offerChanges(description);
  if (nextEvent !== null) {
    const events = await askIfKnown(service, 'events', [['since', nextEvent]]);
    if (current === generation) showEvents(events);
  }
}

// Polling.

async function poll() {
  clearTimeout(timer);
  timer = null;
  if (paused || document.hidden) return;
  try {
    showServices(await ask(null));
    if (service !== null) await showService(generation);
    seen = new Date();
    problem(service === null ? 'The application has called no service yet.' : null);
  } catch (failure) {
    problem(explanationOf(failure));
  }
  freshness();
  timer = setTimeout(poll, EACH);
}

function explanationOf(failure) {
  if (!(failure instanceof Refused)) return `The application does not answer${seen === null ? '' : `; what is shown is of ${seen.toLocaleTimeString('en-GB')}`}.`;
  if (failure.status === 401 || failure.status === 403) return `The application does not let you read the endpoint zklb (${failure.message}).`;
  if (failure.status === 404) return 'There is no endpoint zklb here: add it to management.endpoints.web.exposure.include.';
  return `The endpoint zklb answers ${failure.message}.`;
}

function problem(text) {
  const message = byId('message');
  message.hidden = text === null;
  setText(message, text ?? '');
  document.body.classList.toggle('old', text !== null);
  if (text !== null && service === null) {
    byId('banner').hidden = true;
    byId('panels').hidden = true;
  }
}

function freshness() {
  setText(byId('freshness'), paused ? 'paused' : seen === null ? '' : `as of ${seen.toLocaleTimeString('en-GB')}`);
}

function soon() {
  if (timer !== null) {
    clearTimeout(timer);
    poll();
  } else if (!paused && !document.hidden) {
    timer = setTimeout(poll, 0);
  }
}

byId('pause').addEventListener('click', () => {
  paused = !paused;
  byId('pause').setAttribute('aria-pressed', paused);
  setText(byId('pause'), paused ? 'Resume' : 'Pause');
  freshness();
  soon();
});
byId('service').addEventListener('change', () => {
  location.hash = encodeURIComponent(byId('service').value);
});
byId('filter').addEventListener('change', soon);
addEventListener('hashchange', soon);
document.addEventListener('visibilitychange', soon);
startForms(() => service);
poll();
