import { OperatorFault } from '../base/faults.ts'

/**
 * What a check needs cannot be asked, for a reason that another check says: it is skipped. The
 * message is the whole sentence.
 */
export class CannotLook extends OperatorFault {
  override readonly name = 'CannotLook'
}
