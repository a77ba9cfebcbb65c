import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { ReadStream } from 'node:tty'

import { web } from '../../alerts/testing/web.ts'
import type { WebhookConfig } from '../../config/alerts.ts'
import { configFrom } from '../../config/load.ts'
import { startServer } from '../../server.ts'
import { runProgram } from '../program.ts'

test('alerts test: on a terminal each way is said as it ends, else all in their order', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-alerts-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  let waiting: ServerResponse | undefined
  let isSlow = true
  await using slow = await web((response) => {
    if (isSlow) waiting = response
    else response.end()
  })
  await using quick = await web((response) => response.end())
  const webhook = (name: string, url: string): WebhookConfig => ({
    ...{ name, url, form: 'json', timeoutMs: 30_000 },
    ...{ urlFile: null, secretFile: null, tokenFile: null },
  })
  const { config } = configFrom(null)
  const webhooks = [webhook('slow', slow.url), webhook('quick', quick.url)]
  await using _server = await startServer({
    ...{ ...config, dataFolder: folder, hostName: 'mail.example.com', listeners: [] },
    disk: { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 0 },
    alerts: { ...config.alerts, mail: false, webhooks },
  })
  const run = async (columns: number | undefined, onWritten: (text: string) => void) => {
    const written: string[] = []
    const errors: string[] = []
    const out = {
      ...{ columns, colours: false },
      write(text: string) {
        written.push(text)
        onWritten(text)
      },
    }
    const input = new PassThrough().end() as unknown as ReadStream
    const exit = (code: number) => assert.equal(code, 0, errors.join(''))
    const other = { ...out, write: (text: string) => void errors.push(text) }
    await runProgram({ out, errors: other, input, exit }, ['alerts', 'test', '--data', folder])
    return written.join('')
  }
  // The slow one answers once the quick one was said.
  const shown = await run(80, (text) => text.includes('quick') && waiting?.end())
  assert.equal(shown, '✓ webhook quick: sent\n✓ webhook slow: sent\n')
  isSlow = false
  const piped = await run(undefined, () => {})
  assert.equal(piped, '✓ webhook slow: sent\n✓ webhook quick: sent\n')
})
