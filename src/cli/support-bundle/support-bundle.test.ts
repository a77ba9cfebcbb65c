import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'

import { commandLine } from '../testing/command-line.ts'

const LINE =
  '2026-11-21 11:14:34.123 1v4XyZ-000000001Ab-2cDe <= quentin@planted-zebra.test P=local S=1 T="Zebra"'

const PROBE =
  '2026-11-21 11:14:35 plain authenticator failed for (waybill-doctor.invalid) [127.0.0.1]:1: 535 Incorrect authentication data (set_id=waybill-doctor-1)'

test('it shows what is in it, asks, and writes it for its owner alone, over nothing', async (t) => {
  const { folder, run } = commandLine(t, '[doctor]\noutbound_host = "mx.zebra.invalid"')
  await run('domain add planted-zebra.test')
  mkdirSync(join(folder, 'data', 'log'), { recursive: true })
  writeFileSync(join(folder, 'data', 'log', 'mainlog'), `${PROBE}\n${LINE}\n${PROBE}\n`)
  const file = join(folder, 'bundle.tar.gz')

  const asked = await run(`support-bundle -o ${file}`)
  assert.equal(asked.code, 1)
  assert.match(asked.errors, /--yes writes it/)
  assert.match(asked.out, /^waybill-support\/log\/mainlog +\d+ octets$/m)
  assert.match(asked.out, /<= user-\w{10}@host-\w{10} P=local S=1 T="subject-\w{10}"$/m)
  assert.match(asked.out, /^Nothing was written\.$/m)
  assert.ok(!existsSync(file))

  const written = await run(`support-bundle -o ${file} --yes --json`)
  assert.equal(written.code, 0, written.errors)
  const said = JSON.parse(written.out) as { file: string; contents: { name: string }[] }
  assert.equal(said.file, file)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const text = gunzipSync(readFileSync(file)).toString('utf8')
  for (const { name } of said.contents) assert.ok(text.includes(name), name)
  assert.match(text, /"check": "services.running"/)
  assert.match(text, /"domains": 1/)
  assert.match(text, /"authenticationFailures": 0/)
  assert.doesNotMatch(text, /authenticator failed/)
  assert.doesNotMatch(text + asked.out, /zebra|quentin/i)

  const again = await run(`support-bundle -o ${file} --yes`)
  assert.equal(again.code, 2)
  assert.match(again.errors, /is there already/)
  assert.deepEqual(readdirSync(folder).sort(), ['bundle.tar.gz', 'data', 'waybill.toml'])
})

test('a folder that cannot be written to is named before anything is looked at', async (t) => {
  const { run } = commandLine(t)
  const { code, errors } = await run('support-bundle -o /nowhere/at/all.tar.gz --yes')
  assert.equal(code, 2)
  assert.match(errors, /nothing can be written in \/nowhere\/at/)
})
