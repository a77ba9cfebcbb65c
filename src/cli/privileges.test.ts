import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const isRoot = process.getuid?.() === 0
const module = new URL('./privileges.ts', import.meta.url).href

/** Runs code in a process of its own: leaving root is for good. */
async function asRoot(code: string): Promise<string> {
  const source = `import { becomeUser, becomeOwnerOf, becomeServer } from ${JSON.stringify(module)}\n${code}`
  const args = ['--input-type=module', '-e', source]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return stdout.trim()
}

test('root becomes the user for good, and the data folder is theirs', {
  skip: isRoot ? false : 'only root can leave root',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-drop-'))
  chmodSync(folder, 0o755)
  t.after(() => rmSync(folder, { recursive: true }))
  const data = join(folder, 'data')
  const nobody = readFileSync('/etc/passwd', 'utf8').match(/^nobody:[^:]*:(\d+):(\d+)/m)
  const [, userId, groupId] = (nobody ?? []).map(Number)

  const said = await asRoot(`
    becomeUser('nobody', null, ${JSON.stringify(data)})
    let back = 'stayed'
    try { process.setuid(0); back = 'came back' } catch {}
    console.log(process.getuid(), process.getgid(), process.getgroups().join('+'), back)`)
  assert.equal(said, `${userId} ${groupId} ${groupId} stayed`)
  const { uid, gid, mode } = statSync(data)
  assert.deepEqual([uid, gid, mode & 0o777], [userId, groupId, 0o700])

  const owner = await asRoot(`
    becomeOwnerOf(${JSON.stringify(data)})
    console.log(process.getuid(), process.getgid())`)
  assert.equal(owner, `${userId} ${groupId}`)
})

test('an unknown user is a sentence', {
  skip: isRoot ? false : 'only root can leave root',
}, async () => {
  await assert.rejects(
    asRoot(`becomeUser('no-such-user', null, '/nonexistent')`),
    /this machine has no user no-such-user; make it, or change user/,
  )
})

test('accounts made by root before the first start leave a folder that the server can open', {
  skip: isRoot ? false : 'only root can leave root',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-drop-'))
  chmodSync(folder, 0o755)
  t.after(() => rmSync(folder, { recursive: true }))
  const dataFolder = join(folder, 'data')
  await asRoot(`becomeServer(${JSON.stringify({ user: 'nobody', group: null, dataFolder })})`)
  assert.notEqual(statSync(dataFolder).uid, 0)
})

test("a data folder that is another's is refused with what to do", {
  skip: isRoot ? false : 'only root can leave root',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-drop-'))
  t.after(() => rmSync(folder, { recursive: true }))
  await assert.rejects(
    asRoot(`becomeUser('nobody', null, ${JSON.stringify(folder)})`),
    /does not belong to nobody; run chown -R nobody: /,
  )
})
