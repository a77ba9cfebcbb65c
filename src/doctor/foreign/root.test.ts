/** Roots whose files and programs a stranger chose. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { foreignRoot, withoutRoots } from '../testing/foreign-root.ts'
import { openRoot } from './root.ts'

test('a long way of links does not end outside the root', () => {
  using folder = makeTempFolder()
  const root = join(folder.path, 'root')
  const outside = join(folder.path, 'outside')
  mkdirSync(root)
  writeFileSync(outside, 'secret of this machine\n')
  symlinkSync(outside, join(root, 'link0'))
  for (let at = 1; at <= 60; at++) symlinkSync(`link${at - 1}`, join(root, `link${at}`))
  const { files } = openRoot(root, false)
  for (let at = 0; at <= 60; at++)
    assert.throws(() => files.read(`/link${at}`, 100), { code: at < 40 ? 'ENOENT' : 'ELOOP' })
})

test('a program of the root cannot write, and neither sees this machine nor signals it', {
  skip: withoutRoots(),
}, async (t) => {
  const root = foreignRoot(t, ['postfix'])
  const before = root.written()
  const script = `
    mount -o remount,bind,rw / 2>/dev/null; touch /written 2>/dev/null && echo written
    mount --bind /etc /mnt 2>/dev/null && echo mounted
    kill -0 ${process.pid} 2>/dev/null && echo signalled
    mknod /mnt/disk b 1 1 2>/dev/null && echo device
    perl -e 'chroot "etc"; chdir ".." for 1..50; chroot "."; print "escaped\\n" if -e $ARGV[0]' ${import.meta.filename}
    cat /etc/shadow >/dev/null && echo read`
  const { run } = openRoot(root.path, true)
  const result = await run(['sh', '-c', script], AbortSignal.timeout(20_000))
  assert.equal(result?.out, 'read\n', result?.errors)
  assert.equal(root.written(), before)
})

test('a program of the root that hangs is ended, with all that it started', {
  skip: withoutRoots(),
}, async (t) => {
  const root = foreignRoot(t, ['postfix'])
  const stop = new AbortController()
  const script = 'trap "" TERM; sleep 98765.4321 & sleep 98765.4321'
  const running = openRoot(root.path, true).run(['sh', '-c', script], stop.signal)
  await until(() => sleeping() === 2)
  stop.abort()
  await assert.rejects(running, { name: 'AbortError' })
  await until(() => sleeping() === 0)
})

function sleeping(): number {
  return readdirSync('/proc').filter((id) => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8') === 'sleep\x0098765.4321\0'
    } catch {
      return false
    }
  }).length
}

async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000
  while (!isSo()) {
    assert.ok(performance.now() < endMs)
    await setTimeout(20)
  }
}
