import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'

const docs = new URL('../', import.meta.url)

/** Anchors as repository browsers make them, so that one link works there and here. Documents.java, of the tests, has the same rule. */
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
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // Dead links fail the build, those to decisions too: that is VitePress's default.
  ignoreDeadLinks: false,
  // What pages link to beside pages.
  buildEnd: ({ outDir }) => ['grafana', 'prometheus'].forEach((name) => cpSync(new URL(name, docs), `${outDir}/${name}`, { recursive: true })),
  markdown: { anchor: { slugify }, toc: { slugify }, headers: { slugify } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      page('Start', '/start/tutorial'),
      page('Guides', '/guides/strategies'),
      page('Migrate', '/migrate/stock'),
      page('Operate', '/operate/runbook'),
      page('Reference', '/reference/properties'),
      page('Why', '/why/comparison'),
    ],
    sidebar: [
      { text: 'Start', items: [page('What it is', '/'), page('Tutorial', '/start/tutorial')] },
      {
        text: 'Guides',
        items: [
          page('Which strategy when', '/guides/strategies'),
          page('Consistent hashing', '/guides/consistent-hashing'),
          page('Zones', '/guides/zones'),
          page('Load reports', '/guides/load-reports'),
          page('Canary releases and routes', '/guides/canary'),
          page('Steer a fleet by hand', '/guides/steer'),
          page('Drain and planned changes', '/guides/planned-changes'),
          page('Retries and time-outs', '/guides/retries'),
          page('Kubernetes', '/guides/kubernetes'),
          page('Providers without Spring', '/guides/plain-curator'),
        ],
      },
      {
        text: 'Migrate',
        items: [
          page('From the stock balancer', '/migrate/stock'),
          page('From Ribbon', '/migrate/ribbon'),
          page('From Dubbo', '/migrate/dubbo'),
        ],
      },
      {
        text: 'Operate',
        items: [
          page('Runbook', '/operate/runbook'),
          page('Settings for production', '/operate/production'),
          page('Messages', '/operate/messages'),
          page('Operations', '/operations'),
        ],
      },
      {
        text: 'Reference',
        items: [
          page('All properties', '/reference/properties'),
          page('Configuration', '/configuration'),
          page('Clients', '/clients'),
          page('Meters', '/metrics'),
          page('Answers of the actuator', '/reference/actuator'),
          page('Faults', '/faults'),
          page('Versions', '/reference/versions'),
          page('Nodes in ZooKeeper', '/reference/znodes'),
          page('Words', '/reference/glossary'),
        ],
      },
      {
        text: 'Why',
        items: [page('How it compares', '/why/comparison'), page('Benchmarks', '/benchmarks')],
      },
      { text: 'Decisions', collapsed: true, items: [page('All', '/why/decisions'), ...decisions] },
    ],
  },
})
