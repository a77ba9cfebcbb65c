import { OperatorFault, Refusal } from '../base/faults.ts'

/** The command line is wrong, or cannot be followed; the message is the whole sentence. */
export class UsageFault extends OperatorFault {
  override readonly name = 'UsageFault'
}

/** Is this an error whose message alone tells the person what to do? Others come with a stack. */
export function isExplained(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  if (error instanceof OperatorFault || error instanceof Refusal) return true
  // System errors name the call and the path.
  return 'code' in error && 'syscall' in error
}
