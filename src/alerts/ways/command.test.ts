import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { noticeOf } from '../testing/samples.ts'
import { commandWay } from './command.ts'

const STILL = new AbortController().signal

/** A script, and a file that it may write to. */
function script(t: TestContext, lines: string) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-command-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [program, got] = [join(folder, 'tell'), join(folder, 'got')]
  writeFileSync(program, `#!/bin/sh\ngot='${got}'\n${lines}\n`)
  chmodSync(program, 0o755)
  return { program, got }
}

test('the program gets JSON on its input, its arguments as they are, and little environment', async (t) => {
  const { program, got } = script(t, 'cat > "$got"; echo "$1" >> "$got"; env >> "$got"')
  process.env['WAYBILL_TEST_SECRET'] = 'must not be seen'
  t.after(() => delete process.env['WAYBILL_TEST_SECRET'])
  await commandWay([program, '$(id); "x"'], 5_000).send(noticeOf(), STILL)
  const [json = '', argument, ...environment] = readFileSync(got, 'utf8').split('\n')
  assert.equal(JSON.parse(json).alerts[0].rule, 'relay-login')
  assert.equal(argument, '$(id); "x"')
  assert.ok(!environment.join('\n').includes('WAYBILL'), environment.join('\n'))
})

test('its arguments, one of which may be a secret, are not in what it says', async (t) => {
  const { program } = script(t, 'echo "curl: (22) https://page.example/$2 for $1" >&2; exit 1')
  await assert.rejects(commandWay([program, 'me', 'T0K3N-S3CR3T'], 5_000).send(noticeOf(), STILL), {
    message: 'exit code 1: curl: (22) https://page.example/… for me',
  })
})

test('a program that fails, is not there, or does not end, is said', async (t) => {
  const { program } = script(t, 'echo "no network" >&2; echo more >&2; exit 3')
  await assert.rejects(commandWay([program], 5_000).send(noticeOf(), STILL), {
    message: 'exit code 3: no network',
  })
  await assert.rejects(commandWay(['/nowhere/tell'], 5_000).send(noticeOf(), STILL), {
    name: 'WayFault',
    message: '/nowhere/tell cannot be run: it does not exist',
  })
  const hanging = script(t, '(sleep 2; echo late > "$got") & sleep 60')
  await assert.rejects(commandWay([hanging.program], 200).send(noticeOf(), STILL), {
    message: 'it did not end within 0.2 s',
  })
  // What it started has ended with it.
  await sleep(2_300)
  assert.ok(!existsSync(hanging.got))
})

test('what it leaves running when it ends well may go on until the time is up', async (t) => {
  const { program, got } = script(t, '(echo a > "$got"; sleep 4; echo b > "$got") & exit 0')
  await commandWay([program], 2_000).send(noticeOf(), STILL)
  await sleep(4_500)
  assert.equal(readFileSync(got, 'utf8'), 'a\n')
})

test('a program that reads nothing and says much does not hold us up', async (t) => {
  const { program } = script(t, 'exec 0<&-; head -c 1000000 /dev/zero >&2; exit 0')
  await commandWay([program], 10_000).send(noticeOf(), STILL)
})
