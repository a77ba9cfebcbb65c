/** `waybill check` on a server that runs, and on files where somebody took something away. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

interface Report {
  readonly counts: { readonly logged: number; readonly messages: number }
  readonly findings: readonly { readonly rule: string; readonly text: string }[]
}

async function check(server: Waybill, ...options: string[]): Promise<Report & { status: number }> {
  const { status, stdout } = await server.cli(['check', '--json', ...options])
  return { status: status ?? -1, ...(JSON.parse(stdout) as Report) }
}

test('check knows what became of every accepted recipient, and misses a line that is gone', async () => {
  await using server = await startWithUsers()
  {
    await using smtp = await server.smtp()
    for (const [id, bodyOctets] of [
      ['small@client.test', 2000],
      ['large@client.test', 200_000],
    ] as const)
      await smtp.send(
        { from: 'jane@client.test', to: [ALICE, BOB] },
        makeMessage({ id, to: ALICE, bodyOctets }),
      )
  }
  const live = await check(server, '--deep')
  assert.deepEqual(live.findings, [])
  assert.equal(live.counts.logged, 2)
  assert.equal(live.counts.messages, 4)
  await server.stop()

  const path = join(server.dataFolder, 'log', 'mainlog')
  const whole = readFileSync(path, 'utf8')
  const lines = whole.split(/(?<=\n)/)
  const texts = (report: Report) => report.findings.map(({ rule, text }) => `${rule}: ${text}`)

  const at = lines.findIndex((line) => line.includes(` => ${BOB} `))
  writeFileSync(path, lines.toSpliced(at, 1).join(''))
  const missing = await check(server)
  assert.equal(missing.status, 1)
  assert.deepEqual(texts(missing), [`fate: ${BOB} was accepted, and neither delivered nor failed`])

  const [, , id = '?'] = (lines[at] ?? '').split(' ')
  writeFileSync(path, lines.filter((line) => !line.includes(id)).join(''))
  assert.deepEqual(texts(await check(server)), [])
  assert.deepEqual(texts(await check(server, '--deep')), [
    'fate: it is in a mailbox, and the log has no line of it',
  ])
})
