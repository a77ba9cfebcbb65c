import assert from 'node:assert/strict'
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { failing, ok, skipped, step, warning } from '../../doctor/findings.ts'
import { OWN_CHECKS } from '../../doctor/own-checks.ts'
import type { Examination, Finding } from '../../doctor/types.ts'
import { commandLine } from '../testing/command-line.ts'
import { nagiosOf } from './nagios.ts'
import { writeExamination } from './output.ts'

const NO_MAIL = 'listeners = []\n'.replace('[]', '[{name="imap",protocol="imap",port=0}]')

test('--list names every check once; --explain says what each would do', async (t) => {
  const { run } = commandLine(t)
  const listed = await run('doctor --list')
  assert.equal(listed.code, 0)
  for (const { id } of OWN_CHECKS) assert.equal(listed.out.split(`${id} `).length, 2, id)
  const explained = await run('doctor --explain --only services.running,ports')
  assert.match(explained.out, /^services\.running {2}The server$/m)
  assert.match(explained.out, /^ {4}nft -j list ruleset$/m)
  assert.doesNotMatch(explained.out, /dns\./)
  const [first] = JSON.parse((await run('doctor --list --json')).out) as { id: string }[]
  assert.equal(first?.id, OWN_CHECKS[0]?.id)
})

test('every check says what it runs, and has a name of its own', () => {
  const ids = OWN_CHECKS.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const { id, group, explain, title } of OWN_CHECKS) {
    assert.ok(id.startsWith(`${group}.`), id)
    assert.ok(explain.length > 0 && title !== '', id)
  }
})

test('without a server the exit code is 2, and how to start one is said', async (t) => {
  const { run } = commandLine(t, NO_MAIL)
  const { code, out } = await run('doctor --only services')
  assert.equal(code, 2)
  assert.match(out, /✗ running: no server runs/)
  assert.match(out, /domain add example\.com/)
  assert.match(out, /1 failing, \d skipped, in/)
})

test('what was looked at is JSON when asked for', async (t) => {
  const { run } = commandLine(t, NO_MAIL)
  const { out } = await run('doctor --only services.running --json')
  const { findings } = JSON.parse(out) as Examination
  assert.deepEqual(
    findings.map(({ check, verdict }) => [check, verdict]),
    [['services.running', 'failing']],
  )
})

test('a check or a domain that is not there is a mistake of the command line', async (t) => {
  const { run } = commandLine(t, NO_MAIL)
  assert.match((await run('doctor --only services.nothing')).errors, /no check services\.nothing/)
  assert.match((await run('doctor --only nothing')).errors, /groups are services,/)
  const { code, errors } = await run('doctor --domain example.net')
  assert.deepEqual([code, /example\.net is no domain of this server/.test(errors)], [2, true])
})

test('--fix shows what it would do, does nothing without yes, and looks again after it', async (t) => {
  const { run, folder } = commandLine(t, NO_MAIL)
  await run('domain add example.com')
  const data = join(folder, 'data')
  const mode = () => statSync(data).mode & 0o777
  chmodSync(data, 0o755)
  const dry = await run('doctor --only configuration.modes --dry-run')
  assert.match(dry.errors, /would\n {2}set the mode of .*data to 0700\n$/)
  assert.deepEqual([dry.code, mode()], [1, 0o755])
  const asked = await run('doctor --only configuration.modes --fix')
  assert.match(asked.errors, /--yes does it/)
  assert.equal(mode(), 0o755)
  const fixed = await run('doctor --only configuration.modes --yes')
  assert.match(fixed.errors, /done: set the mode/)
  assert.deepEqual([fixed.code, mode()], [0, 0o700])
  const none = await run('doctor --only configuration.modes --fix')
  assert.match(none.errors, /^Nothing has to be mended\.$/m)
  const other = await run('doctor --only configuration.postmaster --fix')
  assert.match(other.errors, /Nothing of this can be mended/)
})

test('when all that was asked for is skipped, it says why', async (t) => {
  const { run } = commandLine(t, NO_MAIL)
  await run('domain add example.com')
  assert.match((await run('doctor --only queue.late')).out, /– late: .*\n/)
})

test('--fix in JSON says what was done', async (t) => {
  const { run, folder } = commandLine(t, NO_MAIL)
  await run('domain add example.com')
  chmodSync(join(folder, 'data'), 0o750)
  const { out } = await run('doctor --only configuration.modes --yes --json')
  const { fixed, findings } = JSON.parse(out) as { fixed: unknown[]; findings: Finding[] }
  assert.equal(fixed.length, 1)
  assert.equal(findings[0]?.verdict, 'ok')
})

test('--nagios is one line, and its exit codes are those of Nagios', async (t) => {
  const { run } = commandLine(t, NO_MAIL)
  const { out, code } = await run('doctor --nagios --only services')
  assert.equal(code, 2)
  assert.match(
    out,
    /^WAYBILL CRITICAL - services\.running: no server runs \| ok=0 failing=1 [^\n]*\n$/,
  )
  const wrong = await run('doctor --nagios --only services.nothing')
  assert.deepEqual([wrong.code, /^WAYBILL UNKNOWN - there is no check/.test(wrong.out)], [3, true])
  // Whoever reads only the line must not take a slip of the pen for a server that is down.
  for (const args of [
    '--only nothing',
    '--server nobody',
    '--server exim --root /nowhere/at/all',
  ]) {
    const slip = await run(`doctor --nagios ${args}`)
    assert.deepEqual([slip.code, /^WAYBILL UNKNOWN - /.test(slip.out)], [3, true], args)
  }
})

test('--nagios and --json are two ways to say it: one of them', async (t) => {
  const { run } = commandLine(t, NO_MAIL)
  for (const args of ['', '--only services', '--server exim']) {
    const { code, out, errors } = await run(`doctor --nagios --json ${args}`)
    assert.deepEqual([code, out], [2, ''], args)
    assert.match(errors, /^waybill: --nagios .* --json .*: give one of them\n$/, args)
  }
})

test('a line for Nagios: the worst first, five at most, figures with units, no bar in words', () => {
  const of = (id: string) => ({ id })
  const trouble = { meaning: 'x', remedy: [step('y')], evidence: ['z'] }
  const line = (...findings: Finding[]) => nagiosOf({ startedMs: 0, endedMs: 1_500, findings })
  const fine = ok(of('storage.disk'), 'fine', ['x'], {
    figures: { usedPercent: 40.00012, freeOctets: 7 },
  })
  const slow = warning(of('services.loop'), {
    ...trouble,
    summary: 'slow | late',
    figures: { p99Ms: 3 },
  })
  const bad = failing(of('dns.mx'), { ...trouble, subject: "it's.example", summary: 'no MX' })
  assert.equal(
    line(fine).line,
    "WAYBILL OK - all well: 1 finding | ok=1 failing=0 warning=0 skipped=0 time=1.50s 'storage.disk.usedPercent'=40% 'storage.disk.freeOctets'=7B",
  )
  assert.deepEqual(line(fine, slow).code, 1)
  assert.match(
    line(slow, bad).line,
    /^WAYBILL CRITICAL - dns\.mx it's\.example: no MX; services\.loop: slow \/ late \| .*'services\.loop\.p99Ms'=3ms$/,
  )
  assert.match(line(...Array.from({ length: 7 }, () => bad)).line, /; and 2 more \| /)
  assert.equal(line(skipped(of('dns.mx'), 'no domain')).code, 3)
})

test('what was skipped for want of something comes after the rest, each step once', () => {
  const written: string[] = []
  const out = {
    write: (text: string) => void written.push(text),
    columns: undefined,
    colours: false,
  }
  const root = [step('Look as root', 'sudo waybill doctor')]
  const hidden = ['a', 'b', 'c', 'd'].map((name) =>
    skipped({ id: 'tls.files' }, 'only root may see it', name, root),
  )
  const findings = [
    skipped({ id: 'services.loop' }, 'no server runs'),
    ...hidden,
    warning({ id: 'time.clock' }, { summary: 's', evidence: ['e'], meaning: 'm', remedy: [] }),
  ]
  writeExamination(out, { startedMs: 0, endedMs: 0, findings }, { isAll: false, change: null })
  assert.equal(
    written.join(''),
    `time
  ! clock: s
      e
      m

not looked at
  – tls.files a: only root may see it
  – tls.files b: only root may see it
  – tls.files c: only root may see it
  – and 1 more
      → Look as root:
          sudo waybill doctor

0 ok, 1 to look at, 5 skipped, in 0.0 s
`,
  )
})

test('on a terminal there are colours, whole ones, whatever stands in several lines', () => {
  const written: string[] = []
  const write = (text: string) => void written.push(text)
  const terminal = { write, columns: 40, colours: true }
  const finding = warning(
    { id: 'dns.mx' },
    {
      ...{ subject: 'example.org', summary: 'it leads to a server that nobody knows any more' },
      ...{ evidence: ['mx1.example.org has neither an A nor an AAAA record'], remedy: [step('y')] },
      ...{ meaning: 'x', figures: {} },
    },
  )
  const examination = { startedMs: 0, endedMs: 1, findings: [finding] }
  writeExamination(terminal, examination, { isAll: false, change: null })
  const out = written.join('')
  assert.doesNotMatch(out, /\\033/)
  const lines = out.split('\n')
  assert.equal(lines[0], '\x1b[1mdns\x1b[0m')
  assert.ok(lines[1]?.startsWith('  \x1b[33m!\x1b[0m \x1b[1mmx example.org\x1b[0m: it'), lines[1])
  const dim = lines.filter((line) => line.includes('\x1b[2m'))
  assert.ok(dim.length >= 2 && dim.every((line) => line.endsWith('\x1b[0m')))
})
