/** The same commands over the control socket, with a server that tries. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { configFrom } from '../../config/load.ts'
import { fakeResolver } from '../../dns/fake.ts'
import { startServer } from '../../server.ts'
import { commandLine } from '../testing/command-line.ts'
import { queueMail } from '../testing/queued-mail.ts'

async function withServer(t: TestContext) {
  const { folder, run } = commandLine(t)
  const dataFolder = join(folder, 'data')
  await run('domain add example.com')
  await run('account add jane@example.com --password-stdin', 'correct horse\n')
  const ids = await queueMail(dataFolder, [
    { recipients: ['bob@there.example'] },
    { recipients: ['ann@held.example'] },
  ])
  await run(`queue hold ${ids[1]}`)
  const { config } = configFrom(null)
  const disk = { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 0 }
  const own = { disk, dataFolder, hostName: 'mail.example.com', listeners: [] }
  // DNS that does not answer: mail waits, and is not given up.
  const resolver = fakeResolver({ failing: ['there.example'] })
  const server = await startServer({ ...config, ...own }, { resolver })
  const waitFor = async (line: string, words: RegExp) => {
    for (let turn = 0; turn < 500; turn++) {
      const { out } = await run(line)
      if (words.test(out)) return out
      await sleep(10)
    }
    return assert.fail(`${line} never says ${words}`)
  }
  return { run, ids, server, waitFor, dataFolder }
}

test('why says what a server waits for, and run has it try again', async (t) => {
  const { run, ids, server, waitFor } = await withServer(t)
  await using _server = server
  const why = await waitFor(`queue why ${ids[0]}`, /^Last try/m)
  assert.match(why, /^Next try +20\d\d-.* \(in [345]\.?\d* min\)$/m)
  assert.match(why, /^Run --now +it would try at once/m)
  assert.match(why, /^Meaning /m, 'the error is explained')
  assert.match((await run('queue list')).out, /bob@there\.example, next in .* min: /)
  assert.match((await run('queue summary')).out, /^there\.example .* mx +in .* min {2}\S/m)
  const tries = async () =>
    JSON.parse((await run('queue list --json --to bob')).out)[0].recipients[0].attempts as number
  const before = await tries()
  assert.equal((await run('queue run --domain there.example --now')).out, 'Trying 1 message.\n')
  await waitFor('queue list --json --to bob', new RegExp(`"attempts":${before + 1}\\b`))
})

test('held mail is released, edited and thrown away while the server runs', async (t) => {
  const { run, ids, server, dataFolder } = await withServer(t)
  const id = ids[1]
  {
    await using _server = server
    assert.match((await run(`queue why ${id}`)).out, /^Waits for +a person: it is held by/m)
    const added = await run(`queue edit ${id} --add-rcpt zoe@more.example`)
    assert.deepEqual([added.out, added.errors], ['Changed 1 message.\n', ''])
    assert.match((await run(`queue show ${id} --headers`)).out, /^Subject: Hello$/m)
    assert.equal((await run(`queue remove ${id} --yes`)).out, 'Removed 1 message.\n')
    assert.equal((await run(`queue bounce ${id} --yes`)).code, 1)
    assert.equal((await run('queue run --held')).out, 'Nothing that waits is so.\n')
    assert.equal((await run('queue remove --all --yes')).out, 'Removed 1 message.\n')
    assert.equal((await run('queue run')).out, 'Nothing waits.\n')
    assert.equal((await run('queue run --json')).out, '[]\n')
    assert.equal((await run('queue hold --all')).out, 'Nothing waits.\n')
  }
  const log = readFileSync(join(dataFolder, 'log', 'mainlog'), 'utf8')
  assert.match(log, new RegExp(`${id} removed by \\S+\\n.*${id} Completed`))
})
