/** Leaving root: for good, in every thread, and checked afterwards. */
import { chownSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { getCompileCacheDir } from 'node:module'

import { makeFolder } from '../base/make-folder.ts'
import type { Config } from '../config/types.ts'
import { UsageFault } from './faults.ts'

/**
 * Becomes the user for good. To be called before any thread is started, after the ports are open.
 * Makes the data folder for the user when it is missing.
 * @throws UsageFault when the user is unknown, the process is not root or the folder is another's
 */
export function becomeUser(user: string, group: string | null, dataFolder: string): void {
  const { userId, groupId } = idsOf(user, group)
  if (process.getuid?.() === userId) return
  if (process.getuid?.() !== 0)
    throw new UsageFault(`only root can become ${user}; start as root or as ${user}`)
  if (!existsSync(dataFolder)) {
    makeFolder(dataFolder)
    chownSync(dataFolder, userId, groupId)
  } else if (statSync(dataFolder).uid !== userId)
    throw new UsageFault(
      `the data folder ${dataFolder} does not belong to ${user}; run chown -R ${user}: ${dataFolder}`,
    )
  shareCompileCache(userId)
  ;(process as WithInitgroups).initgroups?.(user, groupId)
  drop(userId, groupId)
}

/**
 * The numbers of a user and of a group; null is the user's own group.
 * @throws UsageFault when this machine does not have them
 */
export function idsOf(user: string, group: string | null): { userId: number; groupId: number } {
  const id = userOf(user)
  return { userId: id.userId, groupId: group === null ? id.groupId : groupOf(group) }
}

/**
 * Node keeps one compile cache a user, named by its number. Without root's, the writer thread would
 * load the type stripper, and keep its 40 MB.
 */
function shareCompileCache(userId: number): void {
  const own = getCompileCacheDir()
  const users = own?.replace(/-0$/, `-${userId}`)
  if (own !== undefined && users !== undefined && !existsSync(users)) symlinkSync(own, users)
}

/**
 * For commands by which root makes accounts before the server ran for the first time: the folder
 * they make must be one that the server's user can open.
 */
export function becomeServer({ user, group, dataFolder }: ServerUser): void {
  if (existsSync(dataFolder)) becomeOwnerOf(dataFolder)
  else if (user !== null && process.getuid?.() === 0) becomeUser(user, group, dataFolder)
}

type ServerUser = Pick<Config, 'user' | 'group' | 'dataFolder'>

/**
 * For commands that root runs on a server's folder: what they write must belong to the server. Does
 * nothing for anybody else, or while there is no folder.
 */
export function becomeOwnerOf(folder: string): void {
  if (process.getuid?.() !== 0 || !existsSync(folder)) return
  const { uid, gid } = statSync(folder)
  if (uid === 0) return
  process.setgroups?.([gid])
  drop(uid, gid)
}

/** Left out of Node's types. */
type WithInitgroups = NodeJS.Process & { initgroups?: (user: string, group: number) => void }

function drop(userId: number, groupId: number): void {
  process.setgid?.(groupId)
  process.setuid?.(userId)
  if (process.getuid?.() !== userId || process.getgid?.() !== groupId || canBecomeRoot())
    throw new Error('the privileges of root could not be left')
  for (const thread of threadStatuses()) {
    const ids = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(thread)?.slice(1) ?? []
    const capabilities = /^CapEff:\s+([0-9a-f]+)/m.exec(thread)?.[1] ?? '0'
    if (ids.some((id) => Number(id) !== userId) || /[^0]/.test(capabilities))
      throw new Error('a thread of this process kept the privileges of root')
  }
}

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0)
    return true
  } catch {
    return false
  }
}

/** `/proc/self/task/…/status`; nothing where there is no /proc. */
function threadStatuses(): string[] {
  const folder = '/proc/self/task'
  if (!existsSync(folder)) return []
  return readdirSync(folder).map((thread) => readFileSync(`${folder}/${thread}/status`, 'latin1'))
}

function userOf(name: string): { userId: number; groupId: number } {
  const fields = entryOf('/etc/passwd', name)
  if (fields === undefined)
    throw new UsageFault(`this machine has no user ${name}; make it, or change user`)
  return { userId: Number(fields[2]), groupId: Number(fields[3]) }
}

function groupOf(name: string): number {
  const fields = entryOf('/etc/group', name)
  if (fields === undefined)
    throw new UsageFault(`this machine has no group ${name}; make it, or change group`)
  return Number(fields[2])
}

function entryOf(file: string, name: string): string[] | undefined {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([found]) => found === name)
}
