/** The page as a browser shows it. Writes docs/images/report.png with `UPDATE_GOLDEN=1`. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { missingPrograms, run } from '../../../test/support/programs.ts'
import { reportFrom } from '../../report/report.ts'
import { ownScenario } from '../testing/report-scenario.ts'
import { htmlOf } from './html.ts'

const SKIP = { skip: missingPrograms('chromium') }
const IMAGE = join(import.meta.dirname, '../../../docs/images/report.png')

test(
  'a browser shows it whole, without an error and without asking for anything',
  SKIP,
  async (t) => {
    const { dom, said, asked } = await shown(t, await scenarioPage())
    assert.match(dom, /<p class="status bad">In trouble<\/p>/)
    assert.equal(dom.match(/<section /g)?.length, 11)
    assert.equal(dom.match(/<svg viewBox="0 0 600 180"/g)?.length, 2, 'both plots')
    assert.match(dom, /<pre>waybill relay set prov --password<\/pre>/)
    assert.doesNotMatch(said, /CONSOLE/)
    assert.deepEqual(asked, ['/'])
  },
)

test('nothing that got into it is loaded or runs', SKIP, async (t) => {
  const hostile = '"><img src="http://report.test/loaded"><script>document.title = "ran"</script>'
  const report = reportFrom(await ownScenario('stuck'))
  const sections = report.sections.map((section) => ({
    ...section,
    blocks: [{ kind: 'text', text: hostile } as const, ...section.blocks],
  }))
  const { dom, asked } = await shown(t, htmlOf({ ...report, title: hostile, sections }))
  assert.doesNotMatch(dom, /<img|<script/)
  assert.deepEqual(asked, ['/'])
})

test('a page that loads and complains would be noticed', SKIP, async (t) => {
  const page = '<!doctype html><img src="/loaded"><script>console.error("ran")</script>'
  const { said, asked } = await shown(t, page)
  assert.match(said, /CONSOLE.*ran/)
  assert.deepEqual(asked, ['/', '/loaded'])
})

test('the picture in the documentation is small', SKIP, async (t) => {
  if (process.env['UPDATE_GOLDEN'] === '1') {
    await shown(t, await scenarioPage(), [`--screenshot=${IMAGE}`, '--window-size=900,2350'])
  }
  assert.ok(statSync(IMAGE).size < 300_000)
})

async function scenarioPage(): Promise<string> {
  return htmlOf(reportFrom(await ownScenario('stuck')))
}

interface Page {
  /** What the browser made of it. */
  readonly dom: string
  /** The browser's own log, with what a page says on its console. */
  readonly said: string
  /** Of which addresses it wanted anything, in order; whatever else the browser does is not in it. */
  readonly asked: readonly string[]
}

async function shown(
  t: TestContext,
  html: string,
  what: readonly string[] = ['--dump-dom'],
): Promise<Page> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-browser-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const asked: string[] = []
  // As a proxy it hears of every name; a browser that calls home is not let through.
  const proxy = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://report.test')
    if (url.hostname === 'report.test' && url.pathname !== '/favicon.ico') asked.push(url.pathname)
    response.writeHead(url.pathname === '/' ? 200 : 404, { 'content-type': 'text/html' })
    response.end(url.pathname === '/' ? html : '')
  })
  proxy.on('connect', (_, socket) => socket.destroy())
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(() => void proxy.close())
  const { port } = proxy.address() as AddressInfo
  const { stdout, stderr } = await run(
    'chromium',
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...['--disable-dev-shm-usage', '--enable-logging=stderr'],
      ...[`--user-data-dir=${folder}`, `--proxy-server=http://127.0.0.1:${port}`],
      ...[...what, 'http://report.test/'],
    ],
    { timeoutMs: 90_000 },
  )
  return { dom: stdout, said: stderr, asked }
}
