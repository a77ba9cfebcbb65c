/** F22: DNS that is down, slow, or lies, under the whole server: mail waits, and none is given up. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

import {
  assertSound,
  type Lies,
  startOtherServers,
  submit,
  until,
} from '../support/other-servers.ts'
import { makeMessage } from '../support/message.ts'
import { ALICE, startWithUsers } from '../support/users.ts'

/** The DNS servers of this machine must not be asked in place of ours. */
const WITHOUT_OTHERS = [
  ...['unshare', '--map-root-user', '--mount', 'sh', '-c'],
  ...['mount --bind /dev/null /etc/resolv.conf && exec "$0" "$@"'],
]
const [program = '', ...rest] = WITHOUT_OTHERS
const canHide = spawnSync(program, [...rest, 'true']).status === 0
const skip = canHide ? false : 'no mount namespaces here'

const DOMAINS = ['silent', 'servfail', 'refused', 'garbage', 'forged', 'truncated', 'well'] as const
const LIES: Readonly<Record<string, Lies>> = {
  silent: () => [],
  servfail: () => [{ rcode: 2 }],
  refused: () => [{ rcode: 5 }],
  garbage: () => [Buffer.from('not a message of DNS at all')],
  // The right answer never comes, only those of somebody who guesses.
  forged: ({ name, packet }) => [
    { id: ((packet.id ?? 0) + 1) % 65_536, rcode: 3 },
    { name: `x.${name}`, rcode: 3 },
  ],
  truncated: ({ over }) => (over === 'udp' ? [{ truncated: true }] : []),
}

test('F22: mail waits while DNS says nothing of use, and goes when it does', { skip }, async () => {
  let isWell = false
  const lies: Lies = (asked) => {
    const word = asked.name.split('.').at(-2) ?? ''
    return isWell ? null : (LIES[word]?.(asked) ?? null)
  }
  const scripts = Object.fromEntries(DOMAINS.map((word) => [`${word}.test`, {}]))
  await using others = await startOtherServers(scripts, lies)
  await using server = await startWithUsers({ settings: others.settings, within: WITHOUT_OTHERS })
  for (const word of DOMAINS) await submit(server, `${word}@client.test`, `carol@${word}.test`)

  const waiting = DOMAINS.filter((word) => word !== 'well')
  const seen = (mark: string, word: string) =>
    server.log('mainlog').includes(` ${mark} carol@${word}.test `)
  await until(() => seen('=>', 'well'), 'the mail of which DNS is known')
  await until(() => waiting.every((word) => seen('==', word)), 'the others waiting', 60_000)
  for (const word of waiting) assert.ok(!seen('**', word), word)

  {
    // Mail to us needs none of it.
    await using smtp = await server.smtp()
    const message = makeMessage({ id: 'in@client.test', to: ALICE })
    const reply = await smtp.send({ from: 'x@silent.test', to: [ALICE] }, message)
    assert.equal(reply.code, 250, reply.text)
  }
  await assertSound(server)

  isWell = true
  await until(() => waiting.every((word) => seen('=>', word)), 'all of them', 60_000)
  for (const word of DOMAINS) assert.equal(others.mx(`${word}.test`).messages.length, 1, word)
  await assertSound(server)
})

test('F22: what DNS said holds until its TTL while it is down', { skip }, async () => {
  let isDown = false
  await using others = await startOtherServers({ 'well.test': {} }, () => (isDown ? [] : null))
  await using server = await startWithUsers({ settings: others.settings, within: WITHOUT_OTHERS })
  const { messages } = others.mx('well.test')
  await submit(server, 'one@client.test', 'carol@well.test')
  await until(() => messages.length === 1, 'the first message')
  isDown = true
  await submit(server, 'two@client.test', 'carol@well.test')
  await until(() => messages.length === 2, 'the second message')
  await server.logged('mainlog', /(?: Completed\b.*){2}/s)
  assert.doesNotMatch(server.log('mainlog'), / == /)
  await assertSound(server)
})
