import { readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'

const docs = new URL('../', import.meta.url)

/** Anchors as repository browsers make them, so that one link works there and here. DocumentsTest has the same rule. */
const slugify = (heading) =>
  heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')

const decisions = readdirSync(new URL('decisions/', docs))
  .filter((name) => name.endsWith('.md'))
  .sort()
  .map((name) => {
    const title = readFileSync(new URL(`decisions/${name}`, docs), 'utf8').split('\n', 1)[0]
    return { text: title.replace(/^# \d+\.?\s*/, ''), link: `/decisions/${name.replace('.md', '')}` }
  })

const page = (text, link) => ({ text, link })

export default defineConfig({
  title: 'zk-lb',
  description: 'Client-side load balancer for Spring applications on ZooKeeper',
  lang: 'en',
  // Dead links fail the build, those to decisions too: that is VitePress's default.
  ignoreDeadLinks: false,
  markdown: { anchor: { slugify }, toc: { slugify }, headers: { slugify } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
    ],
    sidebar: [
      { text: 'Start', items: [page('What it is', '/')] },
      {
        text: 'Operate',
        items: [
          page('Operations', '/operations'),
          page('Metrics', '/metrics'),
        ],
      },
      {
        text: 'Reference',
        items: [
          page('Configuration', '/configuration'),
          page('Clients', '/clients'),
          page('Faults', '/faults'),
        ],
      },
      {
        text: 'Why',
        items: [page('Benchmarks', '/benchmarks')],
      },
      { text: 'Decisions', collapsed: true, items: [page('All', '/why/decisions'), ...decisions] },
    ],
  },
})
