// What the parts of the page share. Whatever comes from the service is untrusted: it becomes text, and never markup.

export const byId = (id) => document.getElementById(id);

/** An element with these properties, classes and children; a child that is no node becomes text. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role') made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

export function shape(tag, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function options(select, values, first) {
  const wanted = JSON.stringify([first, ...values]);
  if (select.dataset.options === wanted) return;
  const chosen = select.value;
  select.dataset.options = wanted;
  select.replaceChildren(...(first === undefined ? [] : [new Option(first, '')]), ...values.map((value) => new Option(value, value)));
  if (values.includes(chosen)) select.value = chosen;
}

export const percent = (fraction) => `${(100 * fraction).toFixed(1)} %`;

export function duration(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} d`;
}

export function words(constant) {
  return String(constant).toLowerCase().replaceAll('_', ' ');
}

// Colours. An endpoint prefers the colour of its address, and keeps what it has got as long as the page is open. Eight hues that
// colour-blind people tell apart, each in three shades.

const HUES = 8;
const SHADES = 3;
const colours = new Map();

export function assignColours(addresses) {
  for (const address of [...addresses].sort()) {
    if (!colours.has(address)) colours.set(address, free(preferred(address)));
  }
}

export function colour(address) {
  assignColours([address]);
  const number = colours.get(address);
  return `hue${number % HUES} shade${Math.floor(number / HUES) % SHADES}`;
}

function preferred(address) {
  let hash = 0;
  for (let i = 0; i < address.length; i++) hash = (Math.imul(hash, 31) + address.charCodeAt(i)) >>> 0;
  return hash % HUES;
}

function free(first) {
  const taken = new Set(colours.values());
  for (let shade = 0; shade < SHADES; shade++) {
    for (let hue = 0; hue < HUES; hue++) {
      const number = shade * HUES + ((first + hue) % HUES);
      if (!taken.has(number)) return number;
    }
  }
  return first;
}

/** An endpoint's address beside its colour. */
export function endpointName(address) {
  return element('span', { className: `endpoint ${colour(address)}` }, element('span', { className: 'swatch' }), address);
}

// What is pointed at or focused is shown everywhere, and the rest is dimmed.

export function highlight(address) {
  document.body.classList.toggle('highlighting', address !== null);
  for (const node of document.querySelectorAll('[data-address]')) {
    node.classList.toggle('highlighted', node.dataset.address === address);
  }
}

export function highlights(node, address) {
  node.dataset.address = address;
  node.addEventListener('pointerenter', () => highlight(address));
  node.addEventListener('pointerleave', () => highlight(null));
  node.addEventListener('focusin', () => highlight(address));
  node.addEventListener('focusout', () => highlight(null));
  return node;
}

// Requests.

const api = new URL(document.documentElement.dataset.api, import.meta.url);
const PATIENCE = 8000;

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The answer to a question about the endpoint's services; each part of a service's id is a segment of the path. */
export async function ask(service, verb, parameters = []) {
  const url = new URL(api);
  if (service !== null) url.pathname += `/${service.split('/').map(encodeURIComponent).join('/')}/${verb}`;
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  const response = await fetch(url, { headers: { Accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
  const isJson = (response.headers.get('Content-Type') ?? '').includes('json');
  const body = isJson ? await response.json() : null;
  if (!response.ok || body === null) {
    const reason = body?.message || body?.detail || body?.error || response.statusText || 'no JSON';
    throw new Refused(response.status, `${response.status} ${reason}`);
  }
  return body;
}

/** The answer, or null where the application has no such question. */
export async function askIfKnown(service, verb, parameters) {
  try {
    return await ask(service, verb, parameters);
  } catch (refused) {
    if (refused instanceof Refused && refused.status === 404) return null;
    throw refused;
  }
}
