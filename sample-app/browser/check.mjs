// Opens the sample's pages in a real Chromium, by keyboard alone where a person could, and looks at what they show.
//
//   node check.mjs sample-app.jar [directory for screenshots]    starts the sample, with the java of JAVA_HOME
//   node check.mjs http://localhost:8080/ [directory]            takes one that runs, and disturbs it
//
// CHROMIUM is the browser's path, /usr/bin/chromium if it is not set.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [what, pictures] = process.argv.slice(2);
assert(what, 'say which jar or which URL');
if (pictures) mkdirSync(pictures, { recursive: true });

const KEY = 'user-42';
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const HOSTILE = '<img src=x onerror=alert(1)>"\'';

const problems = [];
let sample = null;

async function start(jar) {
  const java = process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin/java') : 'java';
  const quick = ['--server.port=0', '--demo.requests=120', '--demo.keys=40', '--demo.outage=1s'];
  sample = spawn(java, ['-XX:TieredStopAtLevel=1', '-jar', jar, ...quick], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: sample.stdout })) {
    const url = /See it.* at (http\S+)/.exec(line)?.[1];
    if (url) {
      sample.stdout.resume();
      return url;
    }
  }
  throw new Error('the sample ended before it showed its page');
}

function step(text) {
  console.log(`  ${text}`);
}

/** A page whose errors and violations of its policy count. */
async function open(browser, url, options) {
  const page = await browser.newPage({ viewport: WIDE, ...options });
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(`console: ${message.text()} ${message.location().url}`));
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(url);
  return page;
}

const picture = (page, name) => pictures && page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });

/** Presses Tab until this is focused. */
async function tabTo(page, selector) {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  assert.fail(`no Tab leads to ${selector}`);
}

const json = async (page, url) => (await page.request.get(url)).json();
const rows = (page) => page.locator('#rows tr');
const noOverflow = async (page) => assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the screen');

async function explainsByKeyboard(page, api) {
  await tabTo(page, '#explain-form [name=value]');
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none', 'the focus is not seen');
  await page.keyboard.type(KEY);
  await page.keyboard.press('Enter');
  await page.locator('#explained .sequence li').first().waitFor();
  const { explanation } = await json(page, `${api}/orders/explain?key=${KEY}`);
  const shown = await page.locator('#explained .sequence .endpoint').allTextContents();
  assert.deepEqual(shown, explanation.sequence.map((each) => each.address));
  assert.equal(await page.locator('#explained .answer .endpoint').textContent(), shown[0]);
  step(`${KEY} goes to ${shown[0]}, then to ${shown.slice(1).join(', ')}`);

  await tabTo(page, '#explain-form [name=tried]');
  return shown;
}

async function showsARing(page, api, sequence) {
  assert(await page.locator('#ring').isVisible(), 'there is no ring');
  const { points, aggregated } = await json(page, `${api}/orders/ring?limit=10000`);
  assert(points > 1000 && !aggregated, `the ring has ${points} points`);
  assert.match(await page.locator('#ring-note').textContent(), new RegExp(`${points.toLocaleString('en')} points`));
  const parts = await json(page, `${api}/orders/ring?limit=1000`);
  assert(parts.aggregated && parts.arcs.length === 1000, 'a larger ring than is asked for is not told by equal parts');
  assert.equal(await page.locator('#ring-picture .sectors').count(), sequence.length);
  assert.equal(await page.locator('#ring-owner').textContent(), sequence[0]);
  await tabTo(page, '#explained .sequence li:nth-child(2) .step');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#ring-owner').textContent(), sequence[1]);
  assert.equal(await page.locator('#ring-key').textContent(), 'attempt 2');
  step(`the needle walks a ring of ${points} points`);
}

async function rehearsesByKeyboard(page) {
  await tabTo(page, '#rehearse-form [name=remove]');
  await page.keyboard.press('ArrowDown');
  await tabTo(page, '#rehearse-form button[type=submit]');
  await page.keyboard.press('Enter');
  const answer = page.locator('#rehearsed .answer');
  await answer.waitFor();
  assert.match(await answer.textContent(), /(safe|warn|refused) *[\d.]+ % of the requests go elsewhere/);
  step(`rehearsed: ${(await answer.innerText()).replaceAll('\n', ', ')}`);
}

/** The sample has neither overlays nor routes: they are added to what it answers. */
async function showsOverlaysRoutesAndSettings(page, address) {
  const detail = /\/zklb\/orders\/detail/;
  await page.route(detail, async (route) => {
    const response = await route.fetch();
    const overlay = { version: 0, writtenAt: new Date().toISOString(), expires: new Date(Date.now() + 1.8e6).toISOString(), author: 'kim', reason: 'INC-4711', because: null };
    const group = { otherwise: 'BASE', endpoints: 2, picks: 40, fallbacks: 1 };
    await route.fulfill({ response, json: { ...(await response.json()),
      overlays: [
        { ...overlay, name: 'slow-disk', target: address, set: { weightPercent: 20, drain: false, settings: null }, state: 'APPLIED' },
        { ...overlay, name: 'zone-a', target: 'zone a', set: { weightPercent: null, drain: true, settings: null }, state: 'REFUSED', because: '60 % of the weight would be drained' },
        { ...overlay, name: 'typo', target: null, set: null, expires: null, author: null, reason: null, state: 'INVALID', because: 'it is empty' },
      ],
      routes: [
        { name: null, when: [], groups: [{ ...group, to: {}, percent: null }] },
        { name: 'ramp', when: ['header:X-Canary=true'], groups: [{ ...group, to: { version: '2' }, percent: 5 }, { ...group, to: {}, percent: null }] },
      ] } });
  });
  const overlays = page.locator('#overlay-list > li');
  await overlays.nth(2).waitFor();
  const text = await overlays.allTextContents();
  assert.match(text[0], new RegExp(`^weight 20 % of ${address}.*applied.*by kim.*until .*INC-4711.*slow-disk`));
  assert.match(text[1], /^drain of zone a.*refused.*60 % of the weight would be drained/);
  assert.match(text[2], /typo.*invalid.*it is empty/);
  assert.match((await page.locator('#route-list > li').allTextContents())[1], /ramp.*header:X-Canary=true.*version=2: 5 %.*2 endpoints · 40 picks · 1 elsewhere/);
  const { strategy } = await json(page, page.url().replace(/zklbpage.*/, 'zklb/orders'));
  const settings = await page.locator('#setting-list').textContent();
  for (const origin of Object.values(strategy.origins)) assert(settings.includes(origin), `${origin} is not shown`);
  await picture(page, 'page-overlays');
  await page.setViewportSize(NARROW);
  await noOverflow(page);
  await picture(page, 'page-overlays-narrow');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'page-overlays-dark');
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(WIDE);
  await page.unroute(detail);
  await page.locator('#overlays').waitFor({ state: 'hidden' });
  step('overlays, routes, and where settings come from');
}

async function killsAndSeesIt(browser, url, page, address) {
  const play = await open(browser, url);
  await play.locator('#figures tr').first().waitFor();
  const provider = (await json(play, `${url}play`)).providers.find((each) => each.address === address);
  await tabTo(play, `#${provider.name}-life`);
  await play.keyboard.press('Enter');
  await play.locator(`#${provider.name}-life`, { hasText: 'Start' }).waitFor();
  assert.equal(await play.evaluate(() => document.activeElement.id), `${provider.name}-life`, 'the focus is lost');
  const killed = rows(page).filter({ hasText: address });
  await killed.filter({ hasText: 'ejected' }).waitFor();
  step(`${provider.name} is killed, and ejected`);
  const event = page.locator('#log li', { hasText: 'ejected' }).filter({ hasText: address }).first();
  await event.waitFor();
  step(`event: ${(await event.locator('> *').allTextContents()).join(' ')}`);
  await killed.waitFor({ state: 'detached' });
  step('its registration is gone');
  await picture(play, 'sample');
  await play.setViewportSize(NARROW);
  await noOverflow(play);
  await play.waitForTimeout(500);
  await picture(play, 'sample-narrow');
  await play.setViewportSize(WIDE);
  await play.locator(`#${provider.name}-life`).press('Enter');
  await rows(page).filter({ hasText: address }).waitFor();
  step('and it is back');
  await play.close();
}

/** Presses each of the sample's other buttons, and sees on the page what comes of it. */
async function playsWithTheRest(browser, url, page, api) {
  const play = await open(browser, url);
  await play.locator('#figures tr').first().waitFor();
  const { providers } = await json(play, `${url}play`);
  const [first, second] = providers;
  const cell = (address, label) => rows(page).filter({ hasText: address }).locator(`td[data-label="${label}"]`);
  const event = (kind, address) => page.locator('#log li', { hasText: kind }).filter({ hasText: address }).first();

  await play.locator('#add').press('Enter');
  await play.locator('#providers tr').nth(providers.length).waitFor();
  const added = (await json(play, `${url}play`)).providers.at(-1);
  await rows(page).filter({ hasText: added.address }).waitFor();
  await event('joined', added.address).waitFor();
  step(`${added.name} is added, and joins`);

  await play.locator(`#${first.name}-more`).press('Enter');
  await cell(first.address, 'Weight').filter({ hasText: `${first.weight + 1}` }).waitFor();
  await event('reweighed', first.address).waitFor();
  await play.locator(`#${first.name}-less`, { hasText: '−' }).press('Enter');
  await cell(first.address, 'Weight').filter({ hasText: `${first.weight}` }).waitFor();
  step(`${first.name} gets another weight, and its own again`);

  await play.locator(`#${second.name}-pace`).press('Enter');
  await play.locator(`#${second.name}-pace`, { hasText: 'Fast' }).waitFor();
  await cell(second.address, 'Latency').filter({ hasText: /^[1-9]\d\d ms$/ }).waitFor();
  await play.locator(`#${second.name}-pace`).press('Enter');
  await play.locator(`#${second.name}-pace`, { hasText: 'Slow' }).waitFor();
  step(`${second.name} is slow, which its latency shows, and fast again`);

  for (const algorithm of ['maglev', 'rendezvous']) {
    await play.selectOption('#algorithm', algorithm);
    await page.locator('#setting-list', { hasText: algorithm }).waitFor();
    await page.locator('#ring').waitFor({ state: 'hidden' });
    await explains(page, api, KEY);
    assert(await page.locator('#endpoints table').isVisible(), 'there is no table in place of the ring');
    step(`${algorithm} is explained with the table in place of the ring`);
  }
  await play.selectOption('#algorithm', 'ring');
  await page.locator('#ring').waitFor();

  await play.selectOption('#strategy', 'weighted');
  await page.locator('#facts', { hasText: 'weighted' }).waitFor();
  await page.locator('#ring').waitFor({ state: 'hidden' });
  await page.locator('#explained .answer', { hasText: 'By turns or by chance' }).waitFor();
  assert.equal(await page.locator('#explained .bars li').count(), providers.length + 1);
  await play.selectOption('#strategy', 'consistent-hash');
  await page.locator('#ring').waitFor();
  step('weighted is explained by its shares, and the ring is back with consistent-hash');

  await play.locator('#zookeeper').press('Enter');
  await play.locator('#zookeeper', { hasText: 'Start ZooKeeper' }).waitFor();
  await page.locator('#state', { hasText: 'stale' }).waitFor();
  await event('stale', '').waitFor();
  await explains(page, api, KEY);
  await play.locator('#zookeeper').press('Enter');
  await page.locator('#state', { hasText: 'synced' }).waitFor();
  step('ZooKeeper is stopped, the page says stale and still explains; it is started, and all is synced');
  await play.close();
}

/** As the endpoint does. */
async function explains(page, api, key) {
  await page.fill('#explain-form [name=value]', key);
  await page.press('#explain-form [name=value]', 'Enter');
  const { explanation } = await json(page, `${api}/orders/explain?key=${key}`);
  await page.locator('#explained .answer .endpoint', { hasText: explanation.sequence[0].address }).waitFor();
  assert.deepEqual(await page.locator('#explained .sequence .endpoint').allTextContents(), explanation.sequence.map((each) => each.address));
}

async function pollsOnlyWhileItIsSeen(page) {
  let requests = 0;
  page.on('request', () => requests++);
  const hidden = (value) => page.evaluate((now) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => now });
    document.dispatchEvent(new Event('visibilitychange'));
  }, value);
  await hidden(true);
  await page.waitForTimeout(300);
  requests = 0;
  await page.waitForTimeout(1500);
  assert.equal(requests, 0, 'it polls though nobody sees it');
  await hidden(false);
  await page.waitForRequest(/zklb/);
  step('it polls only while it is seen');
}

async function showsHostileTextAsText(browser, url) {
  const page = await browser.newPage();
  const endpoint = { address: HOSTILE, id: HOSTILE, zone: HOSTILE, version: HOSTILE, weight: 1, state: HOSTILE, because: [HOSTILE], tier: 0, acceptance: 1, inFlight: 0, latencyMs: 0 };
  await page.route(/\/actuator\/zklb(\/|$)/, (route) => {
    const verb = /[^/?]+(?=\?|$)/.exec(route.request().url())[0];
    const answers = {
      zklb: { services: [{ service: HOSTILE }] },
      detail: { service: HOSTILE, membership: { state: HOSTILE, cause: HOSTILE, ageMs: 0, known: 1, serving: 1 }, strategy: { name: HOSTILE, settings: { [HOSTILE]: HOSTILE }, origins: { [HOSTILE]: HOSTILE } }, matching: 1,
        overlays: [{ name: HOSTILE, target: HOSTILE, set: { [HOSTILE]: HOSTILE }, expires: HOSTILE, author: HOSTILE, reason: HOSTILE, state: HOSTILE, because: HOSTILE }],
        routes: [{ name: HOSTILE, when: [HOSTILE], groups: [{ to: { [HOSTILE]: HOSTILE }, percent: HOSTILE, endpoints: HOSTILE, picks: HOSTILE, fallbacks: 0 }] }], endpoints: [endpoint] },
      events: { next: 1, events: [{ number: 1, time: HOSTILE, kind: HOSTILE, address: HOSTILE, detail: HOSTILE }] },
    };
    return answers[verb] ? route.fulfill({ json: answers[verb] }) : route.fulfill({ status: 404 });
  });
  let dialogs = 0;
  page.on('dialog', (dialog) => {
    dialogs++;
    dialog.dismiss();
  });
  await page.goto(`${url}actuator/zklbpage`);
  await rows(page).first().waitFor();
  assert.equal(await page.locator('#rows .endpoint').textContent(), HOSTILE);
  assert.equal(await page.locator('img').count(), 0);
  const refused = await page.evaluate(() => {
    try {
      document.body.innerHTML = '<p>markup</p>';
      return false;
    } catch {
      return true;
    }
  });
  assert(refused, 'the policy lets text become markup');
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.append('window.ran = true');
    document.body.append(script);
  }).catch(() => {});
  assert.equal(await page.evaluate(() => window.ran), undefined, 'the policy lets a script run that is not a file');
  assert.equal(dialogs, 0);
  await page.close();
  step('hostile text stays text, and the policy holds');
}

async function looksRightInTheDarkAndOnANarrowScreen(browser, url) {
  const dark = await open(browser, `${url}actuator/zklbpage`, { colorScheme: 'dark' });
  await rows(dark).first().waitFor();
  const [red] = (await dark.evaluate(() => getComputedStyle(document.body).backgroundColor)).match(/\d+/g).map(Number);
  assert(red < 64, 'it is not dark');
  await dark.fill('#explain-form [name=value]', KEY);
  await dark.press('#explain-form [name=value]', 'Enter');
  await dark.locator('#explained .sequence').waitFor();
  await dark.waitForTimeout(800);
  await picture(dark, 'page-dark');
  await dark.setViewportSize(NARROW);
  await noOverflow(dark);
  await picture(dark, 'page-narrow');
  await dark.close();
  step('dark, and 390 pixels wide');
}

async function check(browser, url) {
  const api = `${url}actuator/zklb`;
  const page = await open(browser, `${url}actuator/zklbpage`);
  await rows(page).nth(4).waitFor();
  assert.equal(await page.locator('#state').textContent(), 'synced');
  const sequence = await explainsByKeyboard(page, api);
  await showsARing(page, api, sequence);
  await rehearsesByKeyboard(page);
  await page.waitForTimeout(800);
  await picture(page, 'page');
  await showsOverlaysRoutesAndSettings(page, sequence[0]);
  await killsAndSeesIt(browser, url, page, sequence[0]);
  await playsWithTheRest(browser, url, page, api);
  await pollsOnlyWhileItIsSeen(page);
  await page.close();
  await showsHostileTextAsText(browser, url);
  await looksRightInTheDarkAndOnANarrowScreen(browser, url);
}

let browser = null;
try {
  const url = what.startsWith('http') ? what : await start(what);
  // Chromium's sandbox does not start for root, as which CI runs; the pages are the sample's own.
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  console.log(`Chromium ${browser.version()} at ${url}`);
  await check(browser, url);
  assert.deepEqual(problems, []);
  console.log('The page is as it ought to be.');
} finally {
  await browser?.close();
  sample?.kill();
}
