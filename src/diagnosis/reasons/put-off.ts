/**
 * The same reasons when the answer is temporary (4xx): what the words say for good may pass, so
 * nothing is called final.
 */
import type { AnyReason, Step } from './steps.ts'
import type { Actor, Category, ErrorFacts } from './types.ts'

/** Does the log say “deferred”, or the code that it may pass (RFC 5321 §4.2.1)? */
export function isPutOff({ temporary, code, enhanced }: ErrorFacts): boolean {
  if (temporary === true) return true
  return code === null ? enhanced?.startsWith('4') === true : code < 500
}

/** The reason of a temporary answer: never says that a retry is in vain. Id and links stay. */
export function putOff(reason: AnyReason): AnyReason {
  if (reason.retry !== 'never') return reason
  const view = VIEWS[reason.category] ?? { meaning: `${reason.meaning} ${FOR_NOW}` }
  return { ...reason, ...view, retry: 'afterFix' }
}

/** What differs from the reason of a refusal for good. */
interface View {
  readonly title?: string
  readonly meaning: string
  readonly actor?: Actor
  readonly remedy?: readonly Step[]
}

const FOR_NOW = 'The answer is temporary (4xx), so this is how it is for now, not for ever.'
const WAIT_FIRST =
  'Wait some hours: the message stays in the queue of the server that sends, and is tried again.'

const NO_MAILBOX_NOW: View = {
  title: 'The mailbox is not found for now',
  meaning:
    'The other server does not find or does not take this address, and says so with a temporary ' +
    'answer (4xx): its directory may be out of reach, the account in the making, or the address ' +
    'wrong and the server too careful to say so.',
  remedy: [
    WAIT_FIRST,
    'Still put off the next day? Compare the address letter by letter with what the recipient uses.',
    'Is it right? Have their administrator look at this answer.',
  ],
}

const VIEWS: { readonly [C in Category]?: View } = {
  mailboxUnknown: NO_MAILBOX_NOW,
  mailboxMoved: NO_MAILBOX_NOW,
  mailboxDisabled: {
    title: 'The mailbox takes no mail for now',
    meaning:
      'The account is locked or closed for the moment, by the words of the other server; its answer ' +
      'is temporary (4xx), so it may be opened again.',
    remedy: [WAIT_FIRST, 'Lasts for days? Ask the recipient by another way.'],
  },
  domainUnknown: {
    title: 'The domain is not found for now',
    meaning:
      'The domain was not found in DNS, and the answer is temporary (4xx): its name servers or the ' +
      'resolver may have a fault, or the name is wrong and the server only careful.',
    remedy: [
      'Check the domain part of the address: `dig +short MX DOMAIN` and `dig +short A DOMAIN`.',
      WAIT_FIRST,
      'Is it your domain? See that it is paid for and that all its name servers answer.',
    ],
  },
  noMailDomain: {
    title: 'The domain takes no mail for now',
    meaning:
      'The domain or its server says that it takes no mail, with a temporary answer (4xx): that may ' +
      'be a change in the making.',
    remedy: ['Check the domain part of the address: `dig +short MX DOMAIN`.', WAIT_FIRST],
  },
  tooBig: {
    title: 'The message is too big for now',
    meaning:
      'The size is the cause, and the answer is temporary (4xx): the server may lack room or time ' +
      'for a message of this size at the moment, or takes one as big never and words it mildly.',
  },
}
