// What decides about a service beside its endpoints: its settings with where they come from, its routes, and what operators have set.

import { byId, element, words } from './dom.js';

export function showSteering({ strategy, routes = [], overlays = [] }) {
  fill('overlays', 'overlay-list', overlays.map(overlay));
  fill('routes', 'route-list', routes.map(route));
  const { name, settings = {}, origins = {} } = strategy;
  fill('settings', 'setting-list', Object.entries({ strategy: name, ...settings }).map(([setting, value]) =>
    element('div', {}, element('dt', {}, setting), element('dd', {}, plain(value),
      element('small', { className: 'quiet' }, origins[setting === 'strategy' ? 'name' : setting] ?? '')))));
}

/** What did not change stays as it is, and so does what is selected in it. */
function fill(section, list, items) {
  byId(section).hidden = items.length === 0;
  const shown = byId(list);
  if (items.length !== shown.children.length || items.some((item, i) => !item.isEqualNode(shown.children[i]))) shown.replaceChildren(...items);
}

const plain = (value) => (Array.isArray(value) ? value.join(', ') : typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value));

const metadata = (entries) => Object.entries(entries).map(([key, value]) => `${key}=${value}`).join(', ');

function overlay({ name, target, set, expires, author, reason, state, because }) {
  const { settings = {}, ...ofEndpoints } = set ?? {};
  const setting = Object.entries({ ...ofEndpoints, ...settings }).filter(([, value]) => value != null && value !== false).map(([what, value]) =>
    (what === 'weightPercent' ? `weight ${value} %` : value === true ? words(what) : `${words(what)} ${plain(value)}`));
  const end = new Date(expires);
  const until = expires && (Number.isNaN(end.getTime()) ? expires : end.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' }));
  const sets = [setting.join(', '), target].filter(Boolean).join(' of ');
  return element('li', {},
    element('strong', {}, sets || name),
    element('span', { className: `badge ${words(state).replaceAll(' ', '-')}` }, words(state)),
    element('small', { className: 'quiet' }, [author && `by ${author}`, until && `until ${until}`, reason, sets && name].filter(Boolean).join(' · ')),
    ...(because ? [element('p', { className: 'quiet' }, because)] : []));
}

function route({ name, when = [], groups = [] }) {
  return element('li', {},
    element('strong', {}, name ?? 'all other requests'),
    element('span', { className: 'quiet' }, when.join(' and ')),
    element('ul', {}, ...groups.map((group) => element('li', {},
      element('span', {}, metadata(group.to ?? {}) || 'base', group.percent == null ? '' : `: ${group.percent} %`),
      element('small', { className: 'quiet' },
        [`${group.endpoints} endpoints`, `${group.picks} picks`, group.fallbacks > 0 && `${group.fallbacks} elsewhere`].filter(Boolean).join(' · '))))));
}
