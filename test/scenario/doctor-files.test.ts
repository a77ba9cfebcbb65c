/** What was moved away below a running server is said by the doctor, and what it says to do helps. */
import assert from 'node:assert/strict'
import { execSync } from 'node:child_process'
import { renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import type { Finding } from '../../src/doctor/types.ts'
import { makeMessage } from '../support/message.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

/** In a file of its own. */
const LARGE = 200_000

test('tmp was removed: large mail is put off until it is made again, without a restart', async () => {
  await using server = await startWithUsers({})
  const folder = join(server.dataFolder, 'tmp')
  rmSync(folder, { recursive: true })
  assert.equal((await submit(server)).code, 451)
  const finding = await only(server)
  assert.deepEqual([finding.verdict, finding.subject], ['failing', 'tmp'])
  const { command } = finding.remedy[0] ?? {}
  // The others, to compare it with.
  assert.match(finding.remedy[1]?.command ?? '', /^ls -la .*(?<!tmp'?)$/)
  assert.match(command ?? '', /mkdir -m 700 /)
  execSync((command ?? '').replace(/^sudo -u '#\d+' /, ''))
  assert.equal((await submit(server)).code, 250)
  assert.equal((await only(server)).verdict, 'ok')
})

test('links that lead nowhere, in place of tmp and of the key file', async () => {
  await using server = await startWithUsers({})
  const folder = join(server.dataFolder, 'tmp')
  renameSync(folder, `${folder}.away`)
  for (const target of ['tmp', 'nowhere']) {
    symlinkSync(target, folder)
    const { subject, remedy } = await only(server)
    assert.equal(subject, 'tmp')
    for (const { command } of remedy.slice(0, 2))
      execSync((command ?? '').replace(/^sudo -u '#\d+' /, ''))
    assert.equal((await only(server)).verdict, 'ok')
    rmSync(folder, { recursive: true })
    rmSync(`${folder}.was`)
  }
  renameSync(`${folder}.away`, folder)
  const key = join(server.dataFolder, 'key')
  rmSync(key)
  symlinkSync('key', key)
  const finding = await only(server)
  assert.deepEqual([finding.verdict, finding.subject], ['failing', 'key'])
})

test('blobs was renamed: it is missed before large mail came, and after', async () => {
  await using server = await startWithUsers({})
  const folder = join(server.dataFolder, 'blobs')
  renameSync(folder, `${folder}.away`)
  const empty = await only(server)
  assert.equal(empty.verdict, 'failing')
  assert.equal(empty.summary, 'the server runs, and its folder of large mail is gone')
  assert.match(empty.remedy[0]?.text ?? '', /give it its name back/)
  assert.match(empty.remedy[1]?.command ?? '', /mkdir -m 700 .*blobs/)
  renameSync(`${folder}.away`, folder)
  assert.equal((await submit(server)).code, 250)
  await server.logged('mainlog', / Completed/)
  assert.equal((await only(server)).verdict, 'ok')
  renameSync(folder, `${folder}.away`)
  const finding = await only(server)
  assert.deepEqual([finding.verdict, finding.figures['files']], ['failing', 1])
  assert.match(finding.remedy[0]?.text ?? '', /give it its name back/)
})

test('the key file was renamed, of a server that runs and of one that does not', async () => {
  await using server = await startWithUsers({})
  // Those of DKIM; and one more.
  const before = secretsIn(await only(server))
  const args = ['relay', 'add', 'prov', '--host', '127.0.0.1:1', '--user', 'w', '--password-stdin']
  await server.cliOk([...args, '--no-check'], { input: 'a password\n' })
  const well = await only(server)
  assert.deepEqual([well.verdict, secretsIn(well)], ['ok', before + 1])
  const key = join(server.dataFolder, 'key')
  renameSync(key, `${key}.away`)
  const finding = await only(server)
  assert.equal(finding.verdict, 'failing')
  assert.match(finding.summary, /^the key file is gone, and \d secrets in the database need it$/)
  assert.ok(finding.evidence.length > 0 && finding.meaning !== null)
  // A stopped server is looked at too: the next start needs it.
  await server.stop()
  assert.equal((await only(server)).verdict, 'failing')
  renameSync(`${key}.away`, key)
  assert.equal((await only(server)).verdict, 'ok')
})

async function only(server: Waybill): Promise<Finding> {
  const { stdout } = await server.cli(['doctor', '--only', 'storage.files', '--json'])
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] }
  const [finding, ...more] = findings
  assert.ok(finding !== undefined && more.length === 0, stdout)
  return finding
}

function secretsIn({ evidence }: Finding): number {
  return Number(/(\d+) secrets? in the database opens? with/.exec(evidence.join())?.[1])
}

async function submit(server: Waybill) {
  await using smtp = await server.submission(ALICE)
  const message = makeMessage({
    ...{ id: `${Math.random()}@client.test`, from: ALICE, to: BOB, bodyOctets: LARGE },
  })
  return await smtp.send({ from: ALICE, to: [BOB] }, message)
}
