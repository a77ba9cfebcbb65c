import { OperatorFault } from '../base/faults.ts'

/** The configuration cannot be used; the message says where, what is wrong, and what would be right. */
export class ConfigFault extends OperatorFault {
  override readonly name = 'ConfigFault'
}
