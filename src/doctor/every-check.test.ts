/**
 * A check that nobody has ever seen fail may be one that cannot. Of each there is a cause here: with
 * it the doctor says so and what to do about it, and without it the same check looks and is content.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { missingPrograms } from '../../test/support/programs.ts'
import { systemClock } from '../base/clock.ts'
import { examine, isTrouble, NOT_KNOWN } from './examine.ts'
import { OWN_CHECKS } from './own-checks.ts'
import type { Cause, Causes } from './testing/cause.ts'
import { ACCOUNT_CAUSES } from './testing/causes-accounts.ts'
import { dnsCauses } from './testing/causes-dns.ts'
import { MAIL_CAUSES } from './testing/causes-mail.ts'
import { SERVER_CAUSES } from './testing/causes-server.ts'
import { STORAGE_CAUSES } from './testing/causes-storage.ts'
import { isDefinite } from './testing/definite.ts'
import { type Authority, makeAuthority } from './testing/tls-server.ts'
import type { Check, Finding } from './types.ts'
import type { World } from './world.ts'

const ALL: readonly Causes[] = [
  ...[SERVER_CAUSES, MAIL_CAUSES, dnsCauses(authority()), ACCOUNT_CAUSES, STORAGE_CAUSES],
]
const CAUSES: ReadonlyMap<string, Cause> = new Map(ALL.flatMap((some) => Object.entries(some)))

test('every check has a cause to fail by, and only checks have one', () => {
  const ids = OWN_CHECKS.map(({ id }) => id)
  const without = ids.filter((id) => !CAUSES.has(id))
  assert.deepEqual(without, [], 'these need one in testing/causes-….ts')
  const unknown = ALL.flatMap((some) => Object.keys(some)).filter((id) => !ids.includes(id))
  assert.deepEqual(unknown, [], 'there are no such checks')
  assert.equal(new Set(ids).size, ids.length)
})

// What is copied into a shell has to be one word there, wherever the server has its files.
const room = mkdtempSync(join(tmpdir(), 'way bill-'))
process.env['TMPDIR'] = room
after(() => rmSync(room, { recursive: true }))

for (const check of OWN_CHECKS) {
  const cause = CAUSES.get(check.id)
  if (cause === undefined) continue
  test(`${check.id} fails: ${cause.what}`, async (t) => {
    const findings = await said(check, await cause.fails(t))
    const troubles = findings.filter(isTrouble)
    const text = JSON.stringify(findings, null, 1)
    assert.ok(
      troubles.some(({ summary }) => cause.says.test(summary)),
      text,
    )
    for (const { evidence, meaning, remedy, figures } of troubles) {
      assert.ok(evidence.length > 0 && (meaning ?? '') !== '', text)
      assert.ok(remedy.some(isDefinite), text)
      assert.notDeepEqual(figures, NOT_KNOWN)
      for (const { command } of remedy)
        assert.doesNotMatch(command?.replaceAll(/'[^']*'/g, '') ?? '', /way bill-/)
    }
  })
  test(`${check.id} is content without it`, { skip: cause.lacks ?? false }, async (t) => {
    const findings = await said(check, await cause.isWell(t))
    const text = JSON.stringify(findings, null, 1)
    assert.ok(
      findings.some(({ verdict }) => verdict === 'ok'),
      text,
    )
    assert.deepEqual(findings.filter(isTrouble), [], text)
  })
}

/** Trusted before the first handshake: which are is read once. Null: it cannot be made here. */
function authority(): Authority | null {
  if (missingPrograms('openssl') !== false) return null
  const made = makeAuthority({ after })
  setDefaultCACertificates([...getCACertificates('default'), made.root])
  return made
}

/** By the doctor itself: in its time, a second try for the network, praise only with evidence. */
async function said(check: Check<World>, world: World): Promise<readonly Finding[]> {
  const { findings } = await examine([check], world, {
    clock: systemClock,
    ...{ checkMs: 20_000, wholeMs: 20_000, atOnce: 1, pauseMs: 1 },
    onProgress: () => {},
  })
  for (const finding of findings) assert.equal(finding.check, check.id)
  return findings
}
