import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { OperatorFault, Refusal } from '../base/faults.ts'
import { askServer, ControlFault } from './client.ts'
import { Lines, MAX_REQUEST_OCTETS } from './frames.ts'
import { FolderInUse, lockFolder } from './lock.ts'
import { openControl } from './socket.ts'

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-control-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

async function serve(
  t: TestContext,
  folder: string,
  run: (command: string, args: unknown) => Promise<unknown>,
) {
  const reports: string[] = []
  const control = await openControl({ folder, run, report: (text) => reports.push(text) })
  let open = true
  const close = async () => {
    if (open) await control[Symbol.asyncDispose]()
    open = false
  }
  t.after(close)
  return { close, reports }
}

test('a locked folder is refused with the number of the process that holds it', (t) => {
  const folder = join(folderFor(t), 'data')
  {
    using _lock = lockFolder(folder)
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.throws(
      () => lockFolder(folder),
      (error: unknown) => {
        assert.ok(error instanceof FolderInUse)
        assert.equal(error.processId, process.pid)
        assert.match(
          error.message,
          new RegExp(`in use by another Waybill, process ${process.pid}$`),
        )
        return true
      },
    )
  }
  using _again = lockFolder(folder)
  assert.equal(readFileSync(join(folder, 'waybill.pid'), 'utf8'), `${process.pid}\n`)
})

test('a process that is killed leaves no lock behind', async (t) => {
  const folder = folderFor(t)
  const module = new URL('./lock.ts', import.meta.url).href
  const code = `import { lockFolder } from ${JSON.stringify(module)}
    globalThis.lock = lockFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  assert.throws(
    () => lockFolder(folder),
    (error: unknown) => error instanceof FolderInUse && error.processId === child.pid,
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  using _lock = lockFolder(folder)
})

test('a command goes to the server and its answer comes back', async (t) => {
  const folder = folderFor(t)
  await serve(t, folder, async (command, args) => ({ command, args }))
  assert.equal(statSync(join(folder, 'control')).mode & 0o777, 0o600)
  const args = { name: 'bücher.example', long: 'x'.repeat(100_000) }
  assert.deepEqual(await askServer(folder, 'domain.add', args), {
    result: { command: 'domain.add', args },
  })
})

test('a refusal comes back as its sentence; a bug is reported to the server too', async (t) => {
  const folder = folderFor(t)
  const { reports } = await serve(t, folder, async (command) => {
    throw command === 'bug' ? new Error('oops') : new Refusal('notFound', 'no domain x.example')
  })
  await assert.rejects(askServer(folder, 'domain.remove', {}), (error: unknown) => {
    assert.ok(error instanceof ControlFault)
    assert.deepEqual([error.reason, error.message], ['notFound', 'no domain x.example'])
    return true
  })
  await assert.rejects(askServer(folder, 'bug', {}), { name: 'ControlFault', message: 'oops' })
  assert.equal(reports.length, 1)
  assert.match(reports[0] ?? '', /^control command bug failed: Error: oops\n/)
})

test('what the operator can mend is one sentence, for who asked and for the log', async (t) => {
  const folder = folderFor(t)
  const sentence = 'waybill.toml:3: port is missing'
  const { reports } = await serve(t, folder, async () => {
    throw new OperatorFault(sentence)
  })
  await assert.rejects(askServer(folder, 'reload', {}), { name: 'ControlFault', message: sentence })
  assert.deepEqual(reports, [`control command reload failed: ${sentence}`])
})

test('without a server, and after one that died, nobody answers', async (t) => {
  const folder = folderFor(t)
  assert.equal(await askServer(folder, 'status', {}), undefined)
  const { close } = await serve(t, folder, async () => null)
  assert.deepEqual(await askServer(folder, 'status', {}), { result: null })
  await close()
  assert.equal(await askServer(folder, 'status', {}), undefined)
  writeFileSync(join(folder, 'control'), '')
  await serve(t, folder, async () => 'new')
  assert.deepEqual(await askServer(folder, 'status', {}), { result: 'new' })
})

test('a server that hangs is said to after a while; one that is busy with the question is waited for', async (t) => {
  const folder = folderFor(t)
  const patience = { silentMs: 20, answerMs: 2_000 }
  const quick = await serve(t, folder, async (command) => {
    if (command === 'check') await sleep(300)
    return command
  })
  assert.deepEqual(await askServer(folder, 'check', {}, patience), { result: 'check' })
  await quick.close()
  const peers = createServer((socket) => t.after(() => socket.destroy()))
  peers.listen(join(folder, 'control'))
  await once(peers, 'listening')
  t.after(() => peers.close())
  writeFileSync(join(folder, 'waybill.pid'), '4711\n')
  await assert.rejects(askServer(folder, 'stop', {}, patience), {
    name: 'SilentServer',
    message: /process 4711, does not answer.* kill -KILL 4711/,
  })
})

test('a server that ends while it works on something is said to have', async (t) => {
  const folder = folderFor(t)
  const peers = createServer((socket) => socket.once('data', () => socket.destroy()))
  peers.listen(join(folder, 'control'))
  await once(peers, 'listening')
  t.after(() => peers.close())
  await assert.rejects(askServer(folder, 'queue.remove', {}), { name: 'EndedServer' })
})

test('a data folder with a path too long for a socket address works too', async (t) => {
  const folder = join(folderFor(t), 'a'.repeat(100), 'b'.repeat(100))
  mkdirSync(folder, { recursive: true })
  await serve(t, folder, async () => 'here')
  assert.ok(existsSync(join(folder, 'control')))
  assert.deepEqual(await askServer(folder, 'status', {}), { result: 'here' })
})

test('what is no request is answered so; a line without end is cut off', async (t) => {
  const folder = folderFor(t)
  await serve(t, folder, async () => null)
  const send = async (text: string) => {
    const socket = createConnection(join(folder, 'control'))
    socket.on('error', () => {})
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk
      socket.destroy()
    })
    socket.write(text)
    // Being cut off may look like an error or like an end.
    await new Promise<void>((resolve) => socket.on('close', () => resolve()))
    return got
  }
  for (const text of ['rubbish\n', '[]\n', '{"id":"x","command":"a"}\n', '{"id":1}\n', '\xff\n'])
    assert.equal(
      await send(text),
      '{"id":0,"error":{"reason":"invalid","message":"not a request"}}\n',
    )
  assert.equal(await send('x'.repeat(MAX_REQUEST_OCTETS + 1)), '')
})

test('as many recipients as sendmail -t takes fit into a request; who asks for more is told', async (t) => {
  const folder = folderFor(t)
  await serve(t, folder, async (_command, args) => JSON.stringify(args).length)
  const recipients = Array.from({ length: 10_000 }, (_, n) => `${n}@${'x'.repeat(300)}.example`)
  const text = JSON.stringify({ recipients })
  assert.deepEqual(await askServer(folder, 'mail.submit', { recipients }), { result: text.length })
  const tooMany = { recipients: [...recipients, ...recipients] }
  await assert.rejects(askServer(folder, 'mail.submit', tooMany), {
    ...{ name: 'ControlFault', reason: 'invalid' },
    message: /^that is too much at once: a request has at most \d+ octets$/,
  })
})

test('lines are found however the stream is cut', () => {
  const lines = new Lines(10)
  const got: string[] = []
  for (const piece of ['on', 'e\ntwo', '\n', '\n', 'übe', 'r\nlast'])
    got.push(...lines.take(Buffer.from(piece)))
  assert.deepEqual(got, ['one', 'two', '', 'über'])
  assert.throws(() => [...lines.take(Buffer.from('1234567'))], /at most 10 octets/)
})
