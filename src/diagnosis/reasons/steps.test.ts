/** Whoever reads a remedy has its commands. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { explainError } from './explain.ts'
import { factsOf } from './facts.ts'
import { stepsFor } from './steps.ts'
import { RULES } from './table.ts'
import type { ErrorDirection, ErrorFacts, MailServer, OwnRelay } from './types.ts'

/** Commands that only one server has. `waybill log` reads the log of any. */
const COMMANDS: { readonly [S in MailServer]: RegExp } = {
  waybill: /waybill (?!log\b)/,
  exim: /\bexim4? -|\bexi(?:qgrep|grep|next|qsumm|what)\b|\bexim_(?!paniclog)/,
  postfix: /\bpost(?:conf|super|queue|map|cat|drop|alias)\b|`postfix |-u postfix|qshape|newaliases/,
  dovecot: /\bdoveadm\b|\bdoveconf\b/,
}
/** Settings and files, which a step is not to name either; a meaning may, of words that are quoted. */
const SETTINGS: { readonly [S in MailServer]: RegExp } = {
  waybill: /\boutgoing\.|limits\.\w/,
  exim: /passwd\.client|Debian-exim/,
  postfix: /(?:main|master)\.cf|sasl_passwd|\bsmtpd_(?!banner)/,
  dovecot: /dovecot\.conf/,
}
const SERVERS = Object.keys(COMMANDS) as readonly MailServer[]
const DIRECTIONS: readonly (ErrorDirection | undefined)[] = [
  undefined,
  ...(['outbound', 'inbound', 'local'] as const),
]
const RELAYS: readonly (OwnRelay | null)[] = [null, { name: null }, { name: 'smart' }]

for (const rule of RULES)
  test(`${rule.id}: no server's log gets a command of another one`, () => {
    for (const example of rule.examples)
      for (const server of SERVERS)
        for (const direction of DIRECTIONS)
          for (const relay of RELAYS) {
            const [text, known] = typeof example === 'string' ? [example, {}] : example
            const given = { ...known, server, relay, ...(direction && { direction }) }
            const facts: ErrorFacts = factsOf(text, given)
            const { reason } = explainError(facts)
            const where = `${reason.id} in the log of ${server}, ${direction}, ${relay?.name}`
            assert.ok(reason.remedy.length > 0, `${where}: nothing to do`)
            for (const other of SERVERS) {
              if (other === server) continue
              // Dovecot stands beside the server that brings it mail, on the same host.
              if (other === 'dovecot' && server !== 'waybill' && facts.direction === 'local')
                continue
              for (const words of [reason.title, reason.meaning, ...reason.remedy])
                assert.doesNotMatch(words, COMMANDS[other], where)
              for (const step of reason.remedy) assert.doesNotMatch(step, SETTINGS[other], where)
            }
          }
  })

test('every rule says something to do, whoever reads it', () => {
  for (const { id, remedy } of RULES)
    for (const server of [null, ...SERVERS]) assert.ok(stepsFor(remedy, server).length > 0, id)
})

test('of a text whose log nobody knows, each server’s step is given with its name', () => {
  const remedy = ['Wait.', { exim: 'Run `exim -qff`.', postfix: 'Run `postqueue -f`.' }]
  assert.deepEqual(stepsFor(remedy, null), [
    'Wait.',
    'Exim: Run `exim -qff`.',
    'Postfix: Run `postqueue -f`.',
  ])
  assert.deepEqual(stepsFor(remedy, 'postfix'), ['Wait.', 'Run `postqueue -f`.'])
  assert.deepEqual(stepsFor(remedy, 'dovecot'), ['Wait.'])
})

test('words of a server that another one’s log quotes are for whoever runs that server', () => {
  const known = { server: 'postfix', direction: 'outbound' } as const
  const { reason } = explainError(factsOf('550-Mailing to remote domains not supported', known))
  assert.equal(reason.id, 'exim-local-mail-only')
  assert.equal(reason.actor, 'recipientProvider')
  assert.match(reason.remedy[0] ?? '', /words of Exim, and this is the log of Postfix/)
})
