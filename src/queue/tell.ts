import { Refusal, wordsOf } from '../base/faults.ts'
import { change, type Steps } from '../db/statement.ts'

/** Notices to senders that were part of a write. */
export interface Told<Delivered> {
  /** What delivery gave for each that went out. */
  readonly delivered: readonly Delivered[]
  /** Why delivery did not take others: a sender over quota, or without account. For a person. */
  readonly refused: readonly string[]
}

/**
 * Hands a notice to delivery. A refusal undoes that notice alone: what became of the mail counts
 * all the same, or a full mailbox of the sender would have it sent again and again.
 */
export function* tell<Mail, Delivered>(
  mail: Mail,
  deliver: (mail: Mail) => Steps<Delivered>,
  told: { readonly delivered: Delivered[]; readonly refused: string[] },
): Steps<void> {
  yield* change('SAVEPOINT notice')
  try {
    told.delivered.push(yield* deliver(mail))
  } catch (error) {
    // A full or failed disk is no refusal: then nothing of this write may stay.
    if (!(error instanceof Refusal)) throw error
    yield* change('ROLLBACK TO notice')
    told.refused.push(wordsOf(error))
  }
  yield* change('RELEASE notice')
}
