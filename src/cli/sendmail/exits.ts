/** How a program that calls `sendmail` learns what became of it: sysexits.h. */
import { OperatorFault, Refusal, systemCodeOf } from '../../base/faults.ts'
import { FolderFault } from '../../base/make-folder.ts'
import { ConfigFault } from '../../config/fault.ts'
import { ControlFault } from '../../control/client.ts'
import { FolderInUse } from '../../control/lock.ts'
import { UsageFault } from '../faults.ts'

const EX_USAGE = 64
export const EX_DATAERR = 65
export const EX_NOUSER = 67
const EX_UNAVAILABLE = 69
const EX_SOFTWARE = 70
export const EX_TEMPFAIL = 75
const EX_NOPERM = 77
const EX_CONFIG = 78

/** What only root and the server's own user may ask. */
export class NotForUsers extends OperatorFault {
  override readonly name = 'NotForUsers'

  constructor() {
    super(
      "-bs is only for root and the server's user, who may open its data folder; send without -bs, " +
        'or log in on port 587',
    )
  }
}

/** Mail could not be left for the server. */
export class DropFault extends OperatorFault {
  override readonly name = 'DropFault'
}

export function exitOf(error: unknown): number {
  if (error instanceof NotForUsers) return EX_NOPERM
  if (error instanceof DropFault) return EX_TEMPFAIL
  const code = systemCodeOf(error) ?? systemCodeOf((error as Error | undefined)?.cause)
  if (code === 'EACCES' || code === 'EPERM' || error instanceof FolderFault) return EX_NOPERM
  if (error instanceof ConfigFault) return EX_CONFIG
  if (error instanceof UsageFault) return EX_USAGE
  if (error instanceof Refusal || error instanceof ControlFault)
    return OF_REASON.get(error.reason) ?? EX_UNAVAILABLE
  if (error instanceof FolderInUse) return EX_TEMPFAIL
  return code === undefined ? EX_SOFTWARE : EX_TEMPFAIL
}

const OF_REASON: ReadonlyMap<string, number> = new Map([
  ['noSuchUser', EX_NOUSER],
  ['noSuchDomain', EX_NOUSER],
  ['invalid', EX_DATAERR],
  ['messageTooBig', EX_DATAERR],
  ...['overQuota', 'storageFull', 'storageFailed', 'tryLater', 'failed'].map(
    (reason) => [reason, EX_TEMPFAIL] as const,
  ),
])
