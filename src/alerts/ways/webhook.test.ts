import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { ManualClock, systemClock } from '../../base/clock.ts'
import type { WebhookConfig } from '../../config/alerts.ts'
import { tell } from '../tell.ts'
import { NOON_MS, noticeOf } from '../testing/samples.ts'
import { web } from '../testing/web.ts'
import { webhookWay } from './webhook.ts'

const STILL = new AbortController().signal

function webhook(url: string, given: Partial<WebhookConfig> = {}): WebhookConfig {
  const files = { urlFile: null, secretFile: null, tokenFile: null }
  return { name: 'chat', url, form: 'json', ...files, timeoutMs: 5_000, ...given }
}

/** What came of telling it, with short pauses between the tries. */
async function told(config: WebhookConfig, pausesMs: readonly number[] = [1, 1]) {
  const way = webhookWay(config, systemClock)
  const one = await tell(way, noticeOf(), systemClock, STILL, pausesMs)
  return one.why
}

const ends = (status: number) => (response: ServerResponse) => void response.writeHead(status).end()

test('what is posted is signed with the time, and checked by whoever has the secret', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-webhook-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [secretFile, tokenFile] = [join(folder, 'secret'), join(folder, 'token')]
  writeFileSync(secretFile, 'a long secret\n')
  writeFileSync(tokenFile, 'tk_123')
  await using server = await web(ends(204))
  const config = webhook(`${server.url}/hook?x=1`, { secretFile, tokenFile })
  await webhookWay(config, new ManualClock(NOON_MS)).send(noticeOf(), STILL)
  const [came] = server.came
  assert.equal(`${came?.method} ${came?.path}`, 'POST /hook?x=1')
  const timestamp = String(came?.headers['x-waybill-timestamp'])
  assert.equal(timestamp, String(NOON_MS / 1000))
  const expected = createHmac('sha256', 'a long secret').update(`${timestamp}.${came?.body}`)
  assert.equal(came?.headers['x-waybill-signature'], `sha256=${expected.digest('hex')}`)
  assert.equal(came?.headers.authorization, 'Bearer tk_123')
  assert.match(String(came?.headers['content-type']), /^application\/json/)
  assert.ok(!came?.body.includes('a long secret'))
})

test('without a secret nothing is signed; one that cannot be read is said, and nothing goes', async () => {
  await using server = await web(ends(200))
  assert.equal(await told(webhook(server.url)), null)
  assert.equal(server.came[0]?.headers['x-waybill-signature'], undefined)
  const missing = webhook(server.url, { secretFile: '/nowhere/secret' })
  assert.equal(await told(missing), 'cannot read /nowhere/secret: it does not exist')
  assert.equal(server.came.length, 1)
})

test('a URL in a file is read at each try, and what is wrong with it says nothing of it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-webhook-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const urlFile = join(folder, 'url')
  const config = { ...webhook(''), url: null, urlFile }
  assert.equal(await told(config), `cannot read ${urlFile}: it does not exist`)
  writeFileSync(urlFile, 'http://hooks.example/SECRET\n')
  assert.match(String(await told(config)), /url is not one line with a URL that begins with https:/)
  assert.ok(!String(await told(config)).includes('SECRET'))
  await using server = await web(ends(200))
  writeFileSync(urlFile, `${server.url}/T/SECRET\n`)
  assert.equal(await told(config), null)
  assert.equal(server.came[0]?.path, '/T/SECRET')
})

test('a server at fault is tried three times, and one that recovers takes it', async () => {
  await using failing = await web(ends(500))
  assert.equal(await told(webhook(failing.url)), 'the answer was HTTP 500')
  assert.equal(failing.came.length, 3)
  await using recovering = await web((response, before) => ends(before < 2 ? 503 : 200)(response))
  assert.equal(await told(webhook(recovering.url)), null)
  assert.equal(recovering.came.length, 3)
})

test('what we do wrong is not tried again, and a redirect is not followed', async () => {
  await using elsewhere = await web(ends(200))
  await using redirecting = await web((response) =>
    response.writeHead(302, { Location: elsewhere.url }).end(),
  )
  assert.match(String(await told(webhook(redirecting.url))), /^the answer is a redirect \(302\)/)
  assert.deepEqual([redirecting.came.length, elsewhere.came.length], [1, 0])
  await using refusing = await web(ends(403))
  assert.equal(await told(webhook(refusing.url)), 'the answer was HTTP 403')
  assert.equal(refusing.came.length, 1)
  await using busy = await web(ends(429))
  assert.equal(await told(webhook(busy.url)), 'the answer was HTTP 429')
  assert.equal(busy.came.length, 3)
})

test('a server that hangs is left after its time, one that answers without end is not read', async () => {
  await using hanging = await web(() => {})
  const config = webhook(hanging.url, { timeoutMs: 100 })
  assert.equal(await told(config, []), 'no answer within 0.1 s')
  await using endless = await web((response) => {
    response.writeHead(200).on('error', () => {})
    const more = () => void (response.destroyed || response.write(Buffer.alloc(65_536), more))
    more()
  })
  assert.equal(await told(webhook(endless.url)), null)
  await using headed = await web((response) => {
    for (let field = 0; field < 100; field++) response.setHeader(`X-${field}`, 'x'.repeat(1000))
    response.end()
  })
  assert.match(String(await told(webhook(headed.url), [])), /Header overflow|Parse Error/)
})

test('nobody there is tried again; a certificate that nobody vouches for is not', async () => {
  const gone = await web(ends(200))
  await gone[Symbol.asyncDispose]()
  assert.match(String(await told(webhook(gone.url))), /ECONNREFUSED/)
  await using selfSigned = await web(ends(200), { tls: true })
  assert.match(
    String(await told(webhook(selfSigned.url))),
    /^the certificate is not to be trusted: self-signed certificate/,
  )
  assert.equal(selfSigned.came.length, 0)
})

test('a server that stops waits for none of them', async () => {
  await using hanging = await web(() => {})
  const stop = new AbortController()
  const way = webhookWay(webhook(hanging.url, { timeoutMs: 60_000 }), systemClock)
  const telling = tell(way, noticeOf(), systemClock, stop.signal)
  while (hanging.came.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  stop.abort()
  const one = await telling
  assert.notEqual(one.why, null)
})
