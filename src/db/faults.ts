import { messageOf, type Reason, Refusal, systemCodeOf } from '../base/faults.ts'

/**
 * What a storage error means for whoever asked.
 *
 *   SQLITE_FULL             the disk is full: refuse, and recover when there is room
 *   SQLITE_IOERR…           an fsync or a write failed: nothing after it can be trusted
 *   SQLITE_CORRUPT, NOTADB  the file is damaged: say so, stop writing
 *   anything else           our bug
 */
export type StorageFault = 'full' | 'failed' | 'bug'

export function storageFaultOf(error: unknown): StorageFault {
  const code = sqliteCode(error)
  if (code === SQLITE_FULL || systemCodeOf(error) === 'ENOSPC' || systemCodeOf(error) === 'EDQUOT')
    return 'full'
  if (code === SQLITE_IOERR || code === SQLITE_CORRUPT || code === SQLITE_NOTADB) return 'failed'
  return systemCodeOf(error) === 'EIO' ? 'failed' : 'bug'
}

/** Is the file no database, or a damaged one? What can be made again from elsewhere then is. */
export function isDamaged(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}

/** Is it something about the file that whoever runs us can mend: its permissions, its lock, its disk? */
export function isOutside(error: unknown): boolean {
  return storageFaultOf(error) !== 'bug' || OUTSIDE.has(sqliteCode(error) ?? 0)
}

/** An error in a form that survives a thread boundary. */
export interface PlainError {
  readonly kind: 'refusal' | StorageFault
  readonly reason: Reason | undefined
  readonly detail: string | undefined
  readonly message: string
  readonly stack: string | undefined
}

export function plainError(error: unknown): PlainError {
  if (error instanceof Refusal)
    return {
      kind: 'refusal',
      reason: error.reason,
      detail: error.detail,
      message: error.message,
      stack: undefined,
    }
  return {
    kind: storageFaultOf(error),
    reason: undefined,
    detail: undefined,
    message: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
  }
}

/** The other half of {@link plainError}: what the caller of a write sees. */
export function errorOf(plain: PlainError): Error {
  switch (plain.kind) {
    case 'refusal':
      return new Refusal(plain.reason ?? 'tryLater', plain.detail)
    case 'full':
      return new Refusal('storageFull', undefined, { cause: new Error(plain.message) })
    case 'failed':
      return new Refusal('storageFailed', undefined, { cause: new Error(plain.message) })
    case 'bug': {
      const error = new Error(plain.message)
      if (plain.stack !== undefined) error.stack = plain.stack
      return error
    }
    default:
      return plain.kind satisfies never
  }
}

/** The primary result code: the extended code's low octet. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}

/** SQLITE_PERM, BUSY, READONLY, CANTOPEN. */
const OUTSIDE: ReadonlySet<number> = new Set([3, 5, 8, 14])
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_NOTADB = 26
