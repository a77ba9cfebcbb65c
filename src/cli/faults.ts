import { OperatorFault, Refusal } from '../base/faults.ts'

/** The command line is wrong, or cannot be followed; the message is the whole sentence. */
export class UsageFault extends OperatorFault {
  override readonly name = 'UsageFault'
}

/**
 * What stood in the way is mended, which the message tells: the same command can be run again. It is,
 * unless it has printed something by then.
 */
export class MendedFault extends OperatorFault {
  override readonly name = 'MendedFault'
}

/** Is this an error whose message alone tells the person what to do? Others come with a stack. */
export function isExplained(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  if (error instanceof OperatorFault || error instanceof Refusal) return true
  // System errors name the call and the path.
  return 'code' in error && 'syscall' in error
}
