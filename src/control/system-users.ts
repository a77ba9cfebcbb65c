/** Who a number or a name is on this machine: passwd(5). */
import { readFileSync } from 'node:fs'

export interface SystemUser {
  readonly name: string
  /** Null: the file has none. */
  readonly fullName: string | null
}

/** Undefined: /etc/passwd does not have the number. Other sources of users are not asked. */
export function userOfId(userId: number): SystemUser | undefined {
  return userWith(ID, String(userId))
}

/** The full name in /etc/passwd; null: none. */
export function fullNameOf(user: string): string | null {
  return userWith(NAME, user)?.fullName ?? null
}

const NAME = 0
const ID = 2
const GECOS = 4

function userWith(field: number, value: string): SystemUser | undefined {
  const lines = passwd().split('\n')
  const fields = lines.map((line) => line.split(':')).find((found) => found[field] === value)
  const name = fields?.[NAME] ?? ''
  if (fields === undefined || name === '') return undefined
  const [gecos = ''] = (fields[GECOS] ?? '').split(',')
  // `&` stands for the user, as it did in 1980.
  const capital = name.charAt(0).toUpperCase() + name.slice(1)
  return { name, fullName: gecos === '' ? null : gecos.replaceAll('&', capital) }
}

function passwd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8')
  } catch {
    return ''
  }
}
