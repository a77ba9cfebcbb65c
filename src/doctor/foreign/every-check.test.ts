/**
 * Each check of other servers has seen a fault, and each is content with a server as it should be.
 * Servers are looked at by their files here, on any machine; `roots.test.ts` has real ones.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'

import { systemClock } from '../../base/clock.ts'
import { examine, isTrouble, NOT_KNOWN } from '../examine.ts'
import { FOREIGN_CAUSES } from '../testing/causes-foreign.ts'
import { type ForeignGiven, foreignWorld } from '../testing/foreign-files.ts'
import { EXIM_CONF, healthyServer } from '../testing/foreign-healthy.ts'
import { isDefinite } from '../testing/definite.ts'
import { answering, peer } from '../testing/peer.ts'
import type { Finding } from '../types.ts'
import { foreignChecks } from './checks.ts'
import { FOREIGN_SERVERS, type ForeignServer } from './world.ts'

for (const server of FOREIGN_SERVERS) {
  const causes = FOREIGN_CAUSES[server]
  const ids = foreignChecks([server]).map(({ id }) => id)

  test(`${server}: every check has a cause to fail by, and only checks have one`, () => {
    assert.deepEqual(
      ids.filter((id) => causes[id] === undefined),
      [],
      'these need one in testing/causes-foreign.ts',
    )
    assert.deepEqual(
      Object.keys(causes).filter((id) => !ids.includes(id)),
      [],
      'there are no such checks',
    )
  })

  test(`${server}: as it should be, every check looks and is content`, async (t) => {
    const findings = await said(t, server, await healthy(t, server))
    assert.deepEqual(findings.filter(isTrouble), [])
    const content = new Set(
      findings.filter(({ verdict }) => verdict === 'ok').map(({ check }) => check),
    )
    assert.deepEqual(
      ids.filter((id) => !content.has(id)),
      [],
      'these did not look',
    )
  })

  for (const [id, { what, plant, says }] of Object.entries(causes))
    test(`${server}: ${id} fails: ${what}`, async (t) => {
      const findings = await said(t, server, plant(await healthy(t, server)), id)
      const troubles = findings.filter(isTrouble)
      const text = JSON.stringify(findings, null, 1)
      assert.ok(
        troubles.some((one) => says.test([one.summary, ...one.evidence].join('\n'))),
        text,
      )
      for (const { evidence, meaning, remedy, figures } of troubles) {
        assert.ok(evidence.length > 0 && (meaning ?? '') !== '', text)
        assert.ok(remedy.some(isDefinite), text)
        assert.notDeepEqual(figures, NOT_KNOWN)
      }
      assert.doesNotMatch(text, /secret-word/)
    })
}

/** With a filter that answers. */
async function healthy(t: TestContext, server: ForeignServer) {
  const given = healthyServer(server, await peer(t, answering('hello')))
  return { ...given, files: given.files ?? {} }
}

/** By the doctor itself, of all its checks or of one. */
async function said(
  t: TestContext,
  server: ForeignServer,
  { programs, ...given }: ForeignGiven,
  only: string | null = null,
): Promise<readonly Finding[]> {
  // What Exim prints is what stands in its file.
  const printed = { out: given.files?.[EXIM_CONF] ?? '' }
  const world = foreignWorld(t, {
    ...given,
    programs:
      server === 'exim'
        ? {
            'exim4 -bP config': printed,
            'exim4 -bP': { out: 'primary_hostname = mail.example.com\n' },
            ...programs,
          }
        : (programs ?? {}),
  })
  const checks = foreignChecks([server]).filter(({ id }) => only === null || id === only)
  const { findings } = await examine(checks, world, {
    clock: systemClock,
    ...{ checkMs: 20_000, wholeMs: 60_000, atOnce: 4, pauseMs: 1 },
    onProgress: () => {},
  })
  return findings
}
