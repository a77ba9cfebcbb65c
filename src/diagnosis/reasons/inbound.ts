/**
 * The same reasons seen from the other side: when it was this server that refused, its administrator
 * is not the one who must get off a blocklist.
 */
import type { AnyReason, Step } from './steps.ts'
import type { Actor, Category, RetryOutlook } from './types.ts'

/** What a refusal by this server means, and what to do about it here. */
interface View {
  readonly meaning: string
  readonly actor: Actor
  readonly remedy: readonly Step[]
  readonly retry: RetryOutlook
}

/** The reason as it concerns the server that refused. Id and links stay. */
export function seenFromHere({ of: _, ...reason }: AnyReason): AnyReason {
  const title = reason.title.replace(/^The other server\b/, 'This server')
  return { ...reason, title, ...(VIEWS[reason.category] ?? OTHER) }
}

const SPAM_MOSTLY = 'Nothing, as a rule: most of what is refused for this is spam.'
const TELL_SENDER =
  'Was it wanted mail? Send the sender this line: only they, or who runs their server, can mend it.'

const CLIENT_IS_LISTED: View = {
  meaning:
    'This server refused a client because of what is said of its address: it is on a blocklist, ' +
    'or known for spam.',
  actor: 'sender',
  remedy: [
    SPAM_MOSTLY,
    TELL_SENDER,
    {
      exim: 'Cannot wait for them? Let their address pass: a condition on `hosts` before the `dnslists` one.',
      postfix:
        'Cannot wait for them? Let their address pass: `check_client_access` before ' +
        '`reject_rbl_client`, or `postscreen_access_list`.',
    },
    'Is everybody refused? Then the list refuses your DNS resolver: ask it through a resolver of your own.',
  ],
  retry: 'afterFix',
}

const SENDER_FAILED_CHECK: View = {
  meaning: 'This server checked who sent the message, and the check failed.',
  actor: 'sender',
  remedy: [
    SPAM_MOSTLY,
    TELL_SENDER,
    'Are many refused that should not be? Let the check mark mail instead of refusing it, and look again.',
  ],
  retry: 'afterFix',
}

const CONTENT: View = {
  meaning: 'This server looked into the message and refused what it found.',
  actor: 'sender',
  remedy: [
    SPAM_MOSTLY,
    'Was it wanted? The log, or the filter’s own, says which rule it was: lower its score, or let ' +
      'this sender pass.',
  ],
  retry: 'never',
}

const LATER: View = {
  meaning: 'This server asked the client to come back later, on purpose. A real mail server does.',
  actor: 'nobody',
  remedy: [
    'Nothing: mail that is wanted comes at the next try, usually within 15 minutes.',
    'Does one sender never come through? They try from another address each time: let their network pass.',
  ],
  retry: 'helps',
}

const OURSELVES: View = {
  meaning: 'This server could not take the message, for a reason of its own.',
  actor: 'you',
  remedy: [
    'Look at the lines before this one, and at the disk: `df -h`, `df -i`.',
    {
      waybill: 'Look into paniclog, beside the log.',
      exim: 'Look into paniclog, beside the log.',
      postfix: 'Look for warnings: `journalctl -u postfix -p warning`.',
    },
    'The sender’s server tries again by itself; nothing is lost as long as the answer is 4xx.',
  ],
  retry: 'afterFix',
}

const OTHER: View = {
  meaning: 'This server refused it, by a rule of its configuration.',
  actor: 'sender',
  remedy: [
    SPAM_MOSTLY,
    TELL_SENDER,
    'Is the rule wrong? The words of the refusal stand in the configuration: search for them there.',
  ],
  retry: 'afterFix',
}

const VIEWS: { readonly [C in Category]?: View } = {
  blocklisted: CLIENT_IS_LISTED,
  reputation: CLIENT_IS_LISTED,
  authenticationPolicy: SENDER_FAILED_CHECK,
  reverseDns: {
    ...SENDER_FAILED_CHECK,
    meaning:
      'This server looked up the client’s address, and it has no name in DNS, or one that does not ' +
      'lead back to it. Most real mail servers have one.',
  },
  helo: {
    ...SENDER_FAILED_CHECK,
    meaning: 'The client gave a name in HELO or EHLO that cannot be its own. Spam programs do.',
  },
  senderRejected: SENDER_FAILED_CHECK,
  domainUnknown: {
    ...SENDER_FAILED_CHECK,
    meaning: 'The domain is not in DNS, so an answer could never be delivered.',
  },
  dns: {
    ...SENDER_FAILED_CHECK,
    meaning: 'A name that the client gave is not in DNS, or DNS did not answer.',
  },
  mailboxUnknown: {
    meaning: 'A client wanted to write to an address that is not known here.',
    actor: 'sender',
    remedy: [
      {
        waybill:
          'Should it exist? `waybill account add ADDRESS`, or an alias: `waybill alias add`.',
        exim: 'Should it exist? Make it, or an alias for it.',
        postfix: 'Should it exist? Make it, or an alias for it.',
        dovecot: 'Should it exist? Make it.',
      },
      'Many of these from one client? It guesses addresses for spam; it is refused, and that is all.',
    ],
    retry: 'afterFix',
  },
  mailboxFull: {
    meaning: 'The mailbox here is full, so this server did not take the message.',
    actor: 'recipient',
    remedy: ['Ask the user to delete mail, or give the mailbox a larger quota.'],
    retry: 'afterFix',
  },
  mailboxDisabled: {
    meaning: 'The account here is disabled, so this server did not take the message.',
    actor: 'you',
    remedy: ['Nothing if that is meant; otherwise enable the account.'],
    retry: 'afterFix',
  },
  relayDenied: {
    meaning:
      'A client wanted to send mail through this server to a domain of somebody else, and had not ' +
      'logged in. That is refused: otherwise spam would be sent by it.',
    actor: 'sender',
    remedy: [
      'A stranger? Nothing: this protects you.',
      'One of your users? Their program must log in: port 587 (STARTTLS) or 465 (TLS), with name and password.',
      {
        waybill: 'Is the domain yours? Then it is missing here: `waybill domain add DOMAIN`.',
        exim: 'Is the domain yours? Then it is missing in the list of local or relay domains.',
        postfix: 'Is the domain yours? Then it is missing in `mydestination` or `relay_domains`.',
      },
    ],
    retry: 'afterFix',
  },
  spamContent: CONTENT,
  virus: CONTENT,
  contentPolicy: CONTENT,
  messageFormat: CONTENT,
  tooBig: {
    meaning: 'The message is larger than this server takes.',
    actor: 'sender',
    remedy: [
      'Ask the sender to use a link instead of the attachment.',
      {
        waybill: 'Or raise the limit: `limits.message.max_size`.',
        exim: 'Or raise the limit: `message_size_limit`.',
        postfix: 'Or raise the limit: `message_size_limit`.',
      },
    ],
    retry: 'afterFix',
  },
  greylisted: LATER,
  rateLimited: {
    ...LATER,
    meaning:
      'The client came more often than this server allows, and was asked to come back later.',
  },
  storage: OURSELVES,
  serverFault: OURSELVES,
  configuration: OURSELVES,
  permission: OURSELVES,
  program: OURSELVES,
  corruption: OURSELVES,
  protocol: {
    meaning: 'The client does not keep to SMTP. Spam programs and scanners do that.',
    actor: 'nobody',
    remedy: [
      'Nothing, as a rule.',
      'Is it a device of yours, such as a printer? Look for an update of its software.',
    ],
    retry: 'never',
  },
}
