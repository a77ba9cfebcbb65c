import { OperatorFault } from '../../base/faults.ts'
import type { Notice } from '../message.ts'

/** How people are told. */
export interface Way {
  /** `mail`, `webhook chat`, `command`. */
  readonly name: string
  /** Goes through our own queue, which may be what is wrong. */
  readonly isOwnQueue: boolean
  /**
   * Resolves once the notice was taken.
   * @throws Error why it was not; a {@link WayFault} is not tried again at once
   */
  send(notice: Notice, signal: AbortSignal): Promise<void>
}

/** Some of those whom this way tells were told, others cannot be: who was is not told twice. */
export class PartlyTold extends OperatorFault {
  override readonly name = 'PartlyTold'
}

/** Trying again at once would not help. */
export class WayFault extends OperatorFault {
  override readonly name = 'WayFault'
}
