/** Who can end an error, in words. */
import type { Actor } from '../../diagnosis/reasons/types.ts'

interface ActorWords {
  /** For the cell of a table. */
  readonly short: string
  /** For a sentence of its own. */
  readonly long: string
}

export const ACTOR_WORDS: { readonly [A in Actor]: ActorWords } = {
  you: { short: 'you', long: 'you, who run this server' },
  sender: { short: 'the sender', long: 'the sender' },
  recipient: { short: 'the recipient', long: 'the recipient' },
  relayProvider: {
    short: 'relay’s provider',
    long: 'the provider of our relay; you are its customer, so ask there',
  },
  recipientProvider: { short: 'their provider', long: 'the recipient’s provider' },
  nobody: { short: 'nobody', long: 'nobody: it ends by itself' },
}
