/** A story names the commands of the server whose log it is of, and no other's. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { commandLine } from '../testing/command-line.ts'

const ID = '1vnYk2-00000000BQ5-1EaB'
const ARRIVAL = `2026-11-20 09:00:03 ${ID} <= jane@here.example H=laptop [192.0.2.3] P=esmtpsa S=812 for bob@example.net`
const OURS = /waybill queue \w+/
const EXIMS = /\bexim -/
const POSTFIXS = /\bpost(?:super|queue)\b/

/** @param isOwn  the log of this server, in its data folder; else a file that is named */
async function traced(t: TestContext, lines: readonly string[], isOwn: boolean, id = ID) {
  const { folder, run } = commandLine(t)
  const data = join(folder, 'data', 'log')
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const file = join(isOwn ? data : folder, 'mainlog')
  writeFileSync(file, `${lines.join('\n')}\n`)
  const { out, errors } = await run(`log trace ${id} ${isOwn ? '' : file}`.trim())
  assert.equal(errors, '')
  return out
}

test('held and frozen mail of our own log is let go by waybill queue', async (t) => {
  const held = await traced(t, [ARRIVAL, `2026-11-20 09:01:00 ${ID} held by jane`], true)
  assert.match(held, new RegExp(`waybill queue release\\s+${ID}`))
  assert.doesNotMatch(held, POSTFIXS)
  const frozen = await traced(t, [ARRIVAL, `2026-11-20 09:01:00 ${ID} frozen by jane`], true)
  assert.match(frozen, new RegExp(`waybill\\s+queue\\s+thaw\\s+${ID}`))
  assert.doesNotMatch(frozen, EXIMS)
})

test('frozen mail of Exim’s log is let go by exim', async (t) => {
  const out = await traced(t, [ARRIVAL, `2026-11-20 09:01:00 ${ID} Frozen by jane`], false)
  assert.match(out, /exim -Mt/)
  assert.doesNotMatch(out, OURS)
  assert.doesNotMatch(out, POSTFIXS)
})

test('our log is known as ours in a file too, by the names of our routers', async (t) => {
  const lines = [
    ARRIVAL,
    `2026-11-20 09:00:06 ${ID} == bob@example.net R=mx T=smtp defer (111) H=mx.example.net [192.0.2.7]: Connection refused`,
    `2026-11-20 09:01:00 ${ID} frozen by jane`,
  ]
  const out = await traced(t, lines, false)
  assert.match(out, /waybill\s+queue\s+thaw/)
  assert.doesNotMatch(out, EXIMS)
})

test('mail on hold in Postfix’ log is let go by postsuper', async (t) => {
  const at = (time: string) => `Nov 20 09:00:${time} mail postfix/`
  const lines = [
    `${at('03')}cleanup[7]: 3F2A1B0C4D: message-id=<m1@here.example>`,
    `${at('03')}qmgr[8]: 3F2A1B0C4D: from=<jane@here.example>, size=812, nrcpt=1 (queue active)`,
    `${at('05')}postsuper[9]: 3F2A1B0C4D: placed on hold`,
  ]
  const out = await traced(t, lines, false, '3F2A1B0C4D')
  assert.match(out, /postsuper -H 3F2A1B0C4D/)
  assert.doesNotMatch(out, OURS)
  assert.doesNotMatch(out, EXIMS)
})

test('mail that was given back by hand is told of in our words', async (t) => {
  const lines = [
    ARRIVAL,
    `2026-11-20 09:01:00 ${ID} cancelled by jane`,
    `2026-11-20 09:01:00 ${ID} ** bob@example.net F=<jane@here.example> R=mx T=smtp: delivery cancelled by administrator`,
    `2026-11-20 09:01:00 ${ID} Completed`,
  ]
  const out = await traced(t, lines, true)
  assert.match(out, /An administrator ended the delivery/)
  for (const other of [EXIMS, POSTFIXS, /Exim|Postfix/]) assert.doesNotMatch(out, other)
})

test('a relay that refuses our login is ours to mend', async (t) => {
  const lines = [
    ARRIVAL,
    `2026-11-20 09:00:06 ${ID} == bob@example.net R=relay T=smtp defer (-42) H=relay.example [192.0.2.7]: SMTP error from remote mail server after AUTH PLAIN: 535 5.7.8 no`,
  ]
  const out = await traced(t, lines, true)
  assert.match(out, /^Who acts +you, who run this server$/m)
  assert.match(out, /waybill relay test NAME/)
  assert.match(out, new RegExp(`waybill queue why\\s+${ID}`))
  assert.doesNotMatch(out, /recipient’s provider/)
  assert.doesNotMatch(out, EXIMS)
})
