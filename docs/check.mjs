// Opens every page of the built site in a real Chromium: no error, nothing that is missing, nothing from elsewhere, and a search that finds.
//
//   npm run build && node check.mjs [directory for screenshots]
//
// CHROMIUM is the browser's path, /usr/bin/chromium if it is not set.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { chromium } from 'playwright-core'

const [pictures] = process.argv.slice(2)
if (pictures) mkdirSync(pictures, { recursive: true })

const dist = new URL('.vitepress/dist/', import.meta.url).pathname
assert(existsSync(dist), 'build the site first: npm run build')
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2' }

/** As a plain web server would: files, and nothing else. */
const server = createServer((request, response) => {
  const file = path.join(dist, decodeURIComponent(new URL(request.url, 'http://site').pathname).replace(/\/$/, '/index.html'))
  if (!file.startsWith(dist) || !existsSync(file)) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' })
  response.end(readFileSync(file))
})
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
const site = `http://127.0.0.1:${server.address().port}`

const pages = readdirSync(dist, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.html') && name !== '404.html')
  .sort()
assert(pages.length > 20, `only ${pages.length} pages were built`)

const problems = []
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  let here = ''
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(`${here}: console: ${message.text()}`))
  page.on('pageerror', (error) => problems.push(`${here}: ${error.message}`))
  // What is fetched ahead for other pages is broken off when the next one is opened.
  page.on('requestfailed', (request) => request.failure().errorText === 'net::ERR_ABORTED' || problems.push(`${here}: ${request.url()} failed`))
  page.on('response', (response) => response.status() >= 400 && problems.push(`${here}: ${response.url()} is ${response.status()}`))
  page.on('request', (request) => request.url().startsWith(site) || request.url().startsWith('data:') || problems.push(`${here}: asks ${request.url()}`))

  const links = new Map()
  const anchors = new Map()
  for (const name of pages) {
    here = name
    await page.goto(`${site}/${name}`, { waitUntil: 'load' })
    await page.locator('h1').first().waitFor()
    anchors.set(name, new Set(await page.locator('[id]').evaluateAll((all) => all.map((each) => each.id))))
    for (const link of await page.locator('.vp-doc a[href], .VPSidebar a[href]').evaluateAll((all) => all.map((each) => each.href))) {
      if (link.startsWith(site)) links.set(link, name)
    }
  }
  for (const [link, from] of links) {
    const { pathname, hash } = new URL(link)
    const name = decodeURIComponent(pathname).slice(1).replace(/(^|\/)$/, '$1index.html')
    if (!name.endsWith('.html')) {
      const { status } = await fetch(link)
      if (status !== 200) problems.push(`${from}: ${pathname} is ${status}`)
    } else if (!anchors.has(name)) problems.push(`${from}: ${pathname} is not there`)
    else if (hash && !anchors.get(name).has(decodeURIComponent(hash.slice(1)))) problems.push(`${from}: ${pathname}${hash} is not there`)
  }
  console.log(`  ${pages.length} pages opened, ${links.size} links within the site followed`)

  // What an operator does who has read a name at the end of a message.
  here = 'the search'
  await page.goto(`${site}/`)
  await page.keyboard.press('Control+k')
  await page.locator('#localsearch-input').fill('certificate not valid now')
  const found = page.locator('.VPLocalSearchBox .result').first()
  await found.waitFor()
  if (pictures) await page.screenshot({ path: path.join(pictures, 'search.png') })
  await found.click()
  await page.waitForURL('**/operate/messages.html#certificate-not-valid-now')
  console.log('  the search finds a message by its name')

  if (pictures) {
    for (const name of ['index.html', 'operate/messages.html', 'guides/steer.html', 'reference/properties.html']) {
      await page.goto(`${site}/${name}`)
      await page.screenshot({ path: path.join(pictures, `${name.replace(/\W+/g, '-')}.png`) })
    }
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(`${site}/guides/load-reports.html`)
    await page.screenshot({ path: path.join(pictures, 'narrow.png') })
  }
} finally {
  await browser.close()
  server.close()
}
problems.forEach((problem) => console.error(`  ${problem}`))
process.exitCode = problems.length ? 1 : 0
