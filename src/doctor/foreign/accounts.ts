/** Users of a root, and what they may do with files, by modes alone: passwd(5), group(5). */
import type { BigIntStats } from 'node:fs'
import { dirname } from 'node:path'

import type { Files } from '../outside.ts'

export interface Account {
  readonly name: string
  readonly userId: number
  /** The own one first. */
  readonly groupIds: readonly number[]
  readonly home: string
}

export function readAccounts(files: Files): ReadonlyMap<string, Account> {
  const groups = furtherGroups(files)
  return new Map(
    rows(files, '/etc/passwd').flatMap(([name = '', , user, group, , home = '/']) => {
      const [userId, groupId] = [Number(user), Number(group)]
      if (name === '' || !Number.isInteger(userId) || !Number.isInteger(groupId)) return []
      const groupIds = [groupId, ...(groups.get(name) ?? [])]
      return [[name, { name, userId, groupIds, home }] as const]
    }),
  )
}

/** By user: the groups that name it. */
function furtherGroups(files: Files): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>()
  for (const [, , id, members = ''] of rows(files, '/etc/group'))
    for (const name of members.split(',')) {
      const known = groups.get(name)
      if (known === undefined) groups.set(name, [Number(id)])
      else known.push(Number(id))
    }
  return groups
}

/** By modes: access lists and the like are not known. Root may do everything. */
export function mayAccess(
  stat: BigIntStats,
  { userId, groupIds }: Account,
  bits: 1 | 2 | 4 | 6 | 7,
) {
  if (userId === 0) return true
  const mode = Number(stat.mode)
  const shift = Number(stat.uid) === userId ? 6 : groupIds.includes(Number(stat.gid)) ? 3 : 0
  return ((mode >> shift) & bits) === bits
}

/**
 * Why a user cannot read a file; null: they can.
 * @returns `the folder /etc/x has mode 0700 and belongs to root`
 */
export function whyNotReadable(files: Files, path: string, account: Account): string | null {
  const folders: string[] = []
  for (let at = dirname(path); ; at = dirname(at)) {
    folders.unshift(at)
    if (at === '/' || at === '.') break
  }
  for (const folder of folders) {
    const found = files.stat(folder)
    if (found === null) return `${folder} is not there`
    if (!mayAccess(found, account, 1)) return `the folder ${folder}: ${ownership(found)}`
  }
  const found = files.stat(path)
  if (found === null) return `${path} is not there`
  return mayAccess(found, account, 4) ? null : `${path}: ${ownership(found)}`
}

/** `mode 0640, user 0, group 102`. */
export function ownership({ mode, uid, gid }: BigIntStats): string {
  return `mode ${modeText(Number(mode))}, user ${uid}, group ${gid}`
}

export function modeText(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}

function rows(files: Files, path: string): string[][] {
  if (files.stat(path)?.isFile() !== true) return []
  const text = files.read(path, MAX_OCTETS).toString('utf8')
  return text.split('\n').map((line) => line.split(':'))
}

const MAX_OCTETS = 1024 * 1024
