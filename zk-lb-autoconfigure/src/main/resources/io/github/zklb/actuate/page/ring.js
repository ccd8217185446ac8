// The ring: its sectors outside, each endpoint's part of them inside, and a needle for a key.

import { byId, colour, highlights, percent, setText, shape } from './dom.js';

const CENTRE = 160;
const OUTER = [112, 146];
const INNER = [92, 104];
const PAUSE = 900;

let arcs = [];
let exact = true;
let needle = null;
let walking = null;

const span = (arc) => (arcs.length === 1 ? 1 : (arc.to - arc.from + 1) % 1);

function at(fraction, radius) {
  const angle = 2 * Math.PI * fraction;
  return `${(CENTRE + radius * Math.sin(angle)).toFixed(2)} ${(CENTRE - radius * Math.cos(angle)).toFixed(2)}`;
}

/** A part of a band, as the data of a path. */
function sector(from, length, [inner, outer]) {
  const to = from + Math.min(length, 0.9999);
  const large = length > 0.5 ? 1 : 0;
  return `M${at(from, outer)}A${outer} ${outer} 0 ${large} 1 ${at(to, outer)}L${at(to, inner)}A${inner} ${inner} 0 ${large} 0 ${at(from, inner)}Z`;
}

/** Neighbours of one endpoint as one. */
function joined(all) {
  const result = [];
  for (const arc of all) {
    const last = result.at(-1);
    if (last?.address === arc.address && last.to === arc.from) last.to = arc.to;
    else result.push({ ...arc });
  }
  return result;
}

export function drawRing(ring) {
  arcs = ring === null ? [] : joined(ring.arcs);
  exact = ring !== null && !ring.aggregated;
  byId('ring').hidden = arcs.length === 0;
  document.body.classList.toggle('with-ring', arcs.length > 0);
  forgetKey();
  if (arcs.length === 0) return;

  const owned = new Map();
  for (const arc of arcs) {
    const part = owned.get(arc.address) ?? { share: 0, sectors: '' };
    part.share += span(arc);
    part.sectors += sector(arc.from, span(arc), OUTER);
    owned.set(arc.address, part);
  }
  const picture = byId('ring-picture');
  const text = byId('ring-text');
  const shapes = [];
  let begin = 0;
  for (const [address, part] of [...owned].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const paths = [part.sectors, sector(begin, Math.max(part.share - 0.002, 0.001), INNER)];
    begin += part.share;
    shapes.push(highlights(shape('g', { class: `sectors ${colour(address)}` }, ...paths.map((d) => shape('path', { d }))), address));
  }
  setText(text, `${arcs.length} sectors: ${[...owned].map(([address, part]) => `${address} ${percent(part.share)}`).join(', ')}`);
  needle = shape('g', { class: 'needle', visibility: 'hidden' },
    shape('path', { d: `M${CENTRE} ${CENTRE}V${CENTRE - OUTER[1] - 4}` }),
    shape('circle', { cx: CENTRE, cy: CENTRE - OUTER[1] - 6, r: 4 }),
    shape('circle', { cx: CENTRE, cy: CENTRE, r: 3 }));
  picture.replaceChildren(text, ...shapes, needle,
    shape('text', { id: 'ring-key', x: CENTRE, y: CENTRE + 34, class: 'quiet' }),
    shape('text', { id: 'ring-owner', x: CENTRE, y: CENTRE + 52 }));
  const points = ring.points == null ? '' : `${ring.points.toLocaleString('en')} points`;
  const parts = exact ? `${arcs.length.toLocaleString('en')} sectors` : 'drawn as equal parts, each of who owns most of it';
  setText(byId('ring-note'), [points, parts].filter(Boolean).join(' · '));
}

export function forgetKey() {
  clearTimeout(walking);
  byId('near').hidden = true;
  needle?.setAttribute('visibility', 'hidden');
  for (const id of ['ring-key', 'ring-owner']) byId(id)?.replaceChildren();
}

/** Where on the ring a key lies: its hash, or else the middle of its sector. */
function place(hash, sectorOfKey) {
  const inside = (fraction) => {
    const length = (sectorOfKey.to - sectorOfKey.from + 1) % 1 || 1;
    return (fraction - sectorOfKey.from + 1) % 1 <= length ? fraction : (sectorOfKey.from + length / 2) % 1;
  };
  const digits = /^(0x)?([0-9a-f]{1,16})$/i.exec(hash ?? '');
  if (digits === null) return sectorOfKey ? inside(-1) : null;
  const fraction = Number(BigInt(`0x${digits[2]}`)) / 2 ** 64;
  return sectorOfKey ? inside(fraction) : fraction;
}

const indexAt = (fraction) => arcs.findIndex((arc) => (fraction - arc.from + 1) % 1 < span(arc));

/** Shows a key, and returns what points at a step of its sequence; null where there is no ring or no place on it. */
export function showKey(hash, sectorOfKey, sequence) {
  forgetKey();
  const key = arcs.length === 0 ? null : place(hash, sectorOfKey);
  const first = key === null ? -1 : indexAt(key);
  if (first < 0) return null;
  const places = sequence.map((step, number) => {
    if (!exact && number > 0) return { ...step, at: null }; // equal parts do not tell who comes next
    for (let i = 0; i < arcs.length; i++) {
      const arc = arcs[(first + i) % arcs.length];
      if (arc.address === step.address) return { ...step, at: i === 0 ? key : arc.from + (i > 0 && arc.from < key ? 1 : 0) };
    }
    return { ...step, at: null };
  });
  if (exact) drawNear(key, first, places);
  const point = (step) => {
    const target = places[step];
    if (!target || target.at === null) return;
    needle.setAttribute('visibility', 'visible');
    needle.setAttribute('class', `needle ${colour(target.address)}`);
    needle.style.transform = `rotate(${360 * target.at}deg)`;
    setText(byId('ring-key'), step === 0 ? `key at ${percent(key)}` : `attempt ${step + 1}`);
    setText(byId('ring-owner'), target.address.length > 24 ? `${target.address.slice(0, 23)}…` : target.address);
  };
  return {
    point(step) {
      clearTimeout(walking);
      point(step);
    },
    walk() {
      clearTimeout(walking);
      const go = (step) => {
        point(step);
        if (step + 1 < places.length) walking = setTimeout(go, PAUSE, step + 1);
      };
      go(0);
    },
  };
}

/** The neighbourhood of the key, stretched to a strip: so far that the first three endpoints are seen. */
function drawNear(key, first, places) {
  const far = places.filter((step) => step.at !== null).slice(0, 3).map((step) => step.at - key);
  const width = Math.min(Math.max(...far, span(arcs[first])) * 1.25, 1);
  const from = key - width * 0.12;
  const x = (fraction) => 320 * (fraction / (width * 1.12));
  const bars = [];
  const start = indexAt(((from % 1) + 1) % 1);
  let position = -((((from % 1) + 1) % 1) - arcs[start].from + 1) % 1;
  for (let i = 0; i < arcs.length && position < width * 1.12; i++) {
    const arc = arcs[(start + i) % arcs.length];
    bars.push(shape('rect', { class: colour(arc.address), x: x(position).toFixed(2), y: 14, width: Math.max(x(span(arc)) - 0.6, 0.4).toFixed(2), height: 16 }));
    position += span(arc);
  }
  const marks = places.map((step, i) => [step, i]).filter(([step]) => step.at !== null && step.at - from < width * 1.12)
    .map(([step, i]) => shape('text', { x: (x(step.at - from) + (i === 0 ? 0 : 5)).toFixed(2), y: 42 }, String(i + 1)));
  const at = x(key - from);
  byId('near-picture').replaceChildren(...bars, shape('path', { class: 'key', d: `M${at - 5} 2h10l-5 8zM${at} 8V32` }), ...marks);
  setText(byId('near-text'), `${percent(width * 1.12)} of the ring around the key: clockwise, to the right, lie the next attempts`);
  byId('near').hidden = false;
}
