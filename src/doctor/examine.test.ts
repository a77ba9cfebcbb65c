import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { ManualClock, systemClock } from '../base/clock.ts'
import { OperatorFault } from '../base/faults.ts'
import { CannotLook } from './cannot-look.ts'
import { examine, type ExamineOptions, NOT_KNOWN, type Progress } from './examine.ts'
import { failing, ok, skipped, step } from './findings.ts'
import type { Check, Finding } from './types.ts'

const OPTIONS: ExamineOptions = {
  clock: systemClock,
  checkMs: 5_000,
  wholeMs: 10_000,
  atOnce: 4,
  pauseMs: 1,
  onProgress: () => {},
}

test('findings come in the order of the groups, whichever check ends first', async () => {
  const slow = check('services.memory', async (self) => {
    await sleep(20)
    return [ok(self, 'memory is fine', ['120 MiB'])]
  })
  const quick = check('dns.mx', async (self) => [ok(self, 'MX is there', ['10 mx.example.com'])])
  const { findings } = await examine([quick, slow], null, OPTIONS)
  assert.deepEqual(
    findings.map((one) => one.check),
    ['services.memory', 'dns.mx'],
  )
})

test('a check that hangs is stopped, told of its end, and said to have no result', async () => {
  const clock = new ManualClock(0)
  let wasAborted = false
  const hangs = check('dns.mx', async (_self, signal) => {
    signal.addEventListener('abort', () => {
      wasAborted = true
    })
    return await new Promise<never>(() => {})
  })
  const done = examine([hangs], null, { ...OPTIONS, clock })
  clock.advance(5_000)
  const [finding] = (await done).findings
  assert.equal(finding?.verdict, 'warning')
  assert.match(finding?.summary ?? '', /no result within 5 s/)
  assert.ok(wasAborted)
})

test('all of them end within the whole time, however many hang', async () => {
  const clock = new ManualClock(0)
  const hang = async () => await new Promise<never>(() => {})
  const checks = Array.from({ length: 9 }, (_, index) => check(`dns.c${index}`, hang))
  const done = examine(checks, null, { ...OPTIONS, clock, atOnce: 2 })
  // Each advance ends those that run; the next begin only after their promises.
  for (let turn = 0; turn < 12; turn++) {
    clock.advance(1_000)
    await new Promise(setImmediate)
  }
  assert.equal((await done).findings.length, 9)
})

test('what fails on the network is tried once more; what comes and goes is evidence', async () => {
  let tries = 0
  const shaky = check('connectivity.smtp', async (self) => {
    tries++
    return [tries === 1 ? trouble(self, 'no answer') : ok(self, 'it answers', ['220 hello'])]
  })
  const [finding] = (await examine([{ ...shaky, isNetwork: true }], null, OPTIONS)).findings
  assert.equal(finding?.verdict, 'ok')
  assert.deepEqual(finding.evidence, ['220 hello', 'the first try failed: no answer'])
})

test('when the second try hangs, what the first one found is said', async () => {
  const clock = new ManualClock(0)
  let tries = 0
  const hangs = check('dns.mx', async (self) => {
    tries++
    return tries === 1 ? [trouble(self, 'no MX')] : await new Promise<never>(() => {})
  })
  const done = examine([{ ...hangs, isNetwork: true }], null, { ...OPTIONS, clock })
  for (let turn = 0; turn < 12; turn++) {
    clock.advance(1_000)
    await new Promise(setImmediate)
  }
  const [finding] = (await done).findings
  assert.deepEqual([tries, finding?.summary], [2, 'no MX'])
})

test('what fails on this machine is said at once', async () => {
  let tries = 0
  const broken = check('storage.disk', async (self) => {
    tries++
    return [trouble(self, 'the disk is full')]
  })
  const [finding] = (await examine([broken], null, OPTIONS)).findings
  assert.equal(finding?.verdict, 'failing')
  assert.equal(tries, 1)
})

for (const [what, look, why] of [
  ['finds nothing', async () => [], 'it said nothing'],
  ['praises without evidence', async (self) => [ok(self, 'fine', [])], 'it gave no evidence'],
  ['throws', async () => await Promise.reject(new Error('no such file')), 'no such file'],
] satisfies [string, Look, string][]) {
  test(`a check that ${what} has failed`, async () => {
    const [finding] = (await examine([check('dns.mx', look)], null, OPTIONS)).findings
    assert.equal(finding?.verdict, 'failing')
    assert.match(finding.summary, new RegExp(`the check itself failed: ${why}`))
  })
}

for (const [code, remedy] of [
  ['EACCES', "ls -ld '/data/my log'"],
  ['EIO', /^dmesg /],
] as const)
  test(`a check that the machine refuses a file (${code}) is no fault of Waybill`, async () => {
    const cause = Object.assign(new Error(`${code}: so it is`), { code, path: '/data/my log' })
    for (const error of [cause, new OperatorFault('the log cannot be read', { cause })]) {
      const deaf = check('log.errors', async () => await Promise.reject(error))
      const [finding] = (await examine([deaf], null, OPTIONS)).findings
      assert.equal(finding?.verdict, 'failing')
      assert.match(finding.summary, /^title of log\.errors: nothing is to be seen: /)
      assert.match(finding.evidence[0] ?? '', new RegExp(`^${code}`))
      const command = finding.remedy[0]?.command ?? ''
      if (typeof remedy === 'string') assert.equal(command, remedy)
      else assert.match(command, remedy)
      assert.deepEqual(finding.figures, NOT_KNOWN)
    }
  })

test('a database that SQLite cannot read is no fault of Waybill, and says where to look', async () => {
  const code = 'ERR_SQLITE_ERROR'
  const malformed = Object.assign(new Error('database disk image is malformed'), { code })
  const blind = check('queue.size', async () => await Promise.reject(malformed))
  const [finding] = (await examine([blind], null, OPTIONS)).findings
  assert.equal(finding?.verdict, 'failing')
  assert.match(finding.summary, /the database cannot be read: database disk image is malformed$/)
  assert.equal(finding.remedy[0]?.command, 'waybill doctor --only storage.integrity')
  assert.deepEqual(finding.figures, NOT_KNOWN)
})

test('what is skipped needs no evidence', async () => {
  const none = check('dns.mx', async (self) => [skipped(self, 'no domain yet: waybill domain add')])
  const [finding] = (await examine([none], null, OPTIONS)).findings
  assert.equal(finding?.verdict, 'skipped')
})

test('a check that cannot ask what it needs is skipped, in the words of why', async () => {
  const deaf = check('dns.mx', async () => await Promise.reject(new CannotLook('the server hangs')))
  const [finding] = (await examine([deaf], null, OPTIONS)).findings
  assert.deepEqual([finding?.verdict, finding?.summary], ['skipped', 'the server hangs'])
})

test('progress says what runs and how much is done', async () => {
  const seen: Progress[] = []
  const one = check('dns.mx', async (self) => [ok(self, 'fine', ['x'])])
  await examine([one], null, { ...OPTIONS, onProgress: (progress) => seen.push(progress) })
  assert.deepEqual(seen, [
    { done: 0, total: 1, running: ['title of dns.mx'] },
    { done: 1, total: 1, running: [] },
  ])
})

type Look = (self: Check<null>, signal: AbortSignal) => Promise<readonly Finding[]>

function check(id: string, look: Look): Check<null> {
  const self: Check<null> = {
    id,
    group: id.startsWith('services') ? 'services' : id.startsWith('storage') ? 'storage' : 'dns',
    title: `title of ${id}`,
    isNetwork: false,
    explain: [],
    look: async (_world, signal) => await look(self, signal),
  }
  return self
}

function trouble(self: Check<null>, summary: string): Finding {
  const meaning = 'mail waits'
  return failing(self, { summary, evidence: [summary], meaning, remedy: [step('mend it')] })
}
