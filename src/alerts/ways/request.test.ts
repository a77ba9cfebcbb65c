import assert from 'node:assert/strict'
import { test } from 'node:test'

import { web } from '../testing/web.ts'
import { httpRequest } from './request.ts'

const GET = { method: 'GET', headers: {}, body: '', timeoutMs: 5_000 } as const
const STILL = new AbortController().signal

test('a ping is a GET without a body; what the answer says does not matter, its status does', async () => {
  await using server = await web((response, before) =>
    response.writeHead(before === 0 ? 200 : 404).end('x'.repeat(100_000)),
  )
  await httpRequest({ ...GET, url: `${server.url}/your-check` }, STILL)
  const [came] = server.came
  assert.deepEqual([came?.method, came?.path, came?.body], ['GET', '/your-check', ''])
  await assert.rejects(httpRequest({ ...GET, url: server.url }, STILL), /HTTP 404/)
})

test('an answer that never begins, one that comes drop by drop, and one that is cut', async () => {
  await using slow = await web((response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\nX-Slow: ')
    const drip = () => {
      if (response.socket?.writable === true) response.socket.write('x', () => setTimeout(drip, 20))
    }
    drip()
  })
  const asked = { ...GET, url: slow.url, timeoutMs: 200 }
  await assert.rejects(httpRequest(asked, STILL), { message: 'no answer within 0.2 s' })
  await using cut = await web((response) => void response.socket?.destroy())
  await assert.rejects(httpRequest({ ...GET, url: cut.url }, STILL), /socket hang up/)
})
