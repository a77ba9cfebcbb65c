/** What the last error makes a message wait for, kind by kind, in the words of `waybill queue why`. */
import type { Category, Explanation } from '../../diagnosis/reasons/types.ts'

export interface Hindrance {
  /** What it waits for. */
  readonly waitsFor: string
  /** Whether `run --now` would help. */
  readonly runNow: string
  /** What to do; the steps of the explanation stand below it. */
  readonly todo: string
}

/** @param peer  `the other server`, or which relay of ours */
export function hindranceOf({ reason }: Explanation, peer: string): Hindrance {
  const form = BY_ID[reason.id] ?? FORMS[reason.category] ?? OTHER
  return {
    waitsFor: form.waitsFor.replace('PEER', peer),
    runNow: form.runNow.replace('PEER', peer),
    todo: form.todo ?? (reason.actor === 'nobody' ? NOTHING : TODO_BELOW),
  }
}

interface Form extends Pick<Hindrance, 'waitsFor' | 'runNow'> {
  readonly todo?: string
}

const NOTHING = 'nothing: it comes through by itself, as a rule'
const TODO_BELOW = 'see Do, below'

const UNREACHABLE: Form = {
  waitsFor: 'PEER, which cannot be reached',
  runNow: 'it would try at once; that helps when PEER is back',
}
const IN_TROUBLE: Form = {
  waitsFor: 'PEER, which takes no mail for the moment',
  runNow: 'it would try at once; that helps when PEER is well again',
}
const DISTRUST: Form = {
  waitsFor: 'PEER, which does not trust this one: its address, name or record',
  runNow: 'no, it makes it worse: first mend what stands below',
}
const LOGIN: Form = {
  waitsFor: 'a login that PEER takes',
  runNow: 'only after the login is mended',
}
const MAILBOX: Form = {
  waitsFor: 'PEER to find or open the mailbox of the recipient',
  runNow: 'it would try at once; that helps when the mailbox is there',
}

const OTHER: Form = {
  waitsFor: 'the next attempt: PEER put off the last one',
  runNow: 'it would try at once; that helps when the reason below is gone',
}

const BY_ID: { readonly [id: string]: Form } = {
  'relay-refuses-sender': {
    waitsFor: 'PEER to let its account send as this sender',
    runNow: 'only after that is mended',
  },
}

const FORMS: { readonly [C in Category]?: Form } = {
  greylisted: {
    waitsFor: 'PEER, which lets the first tries of strangers fail on purpose (greylisting)',
    runNow: 'no: a try that comes too early is put off again',
    todo: NOTHING,
  },
  rateLimited: {
    waitsFor: 'the limit of PEER: it takes no more from us for now',
    runNow: 'no: each try counts, and makes the wait longer',
  },
  dns: {
    waitsFor: 'DNS: it gives no usable answer for where this mail goes',
    runNow: 'it would try at once; that helps when DNS answers',
  },
  domainUnknown: {
    waitsFor: 'DNS: it does not know the domain',
    runNow: 'it would try at once; that helps when DNS knows it',
  },
  tls: {
    waitsFor: 'TLS with PEER as it is demanded: by DANE, MTA-STS, or a setting here',
    runNow: 'it would try at once; that helps when its TLS is mended',
  },
  network: UNREACHABLE,
  expired: UNREACHABLE,
  loginFailed: LOGIN,
  authenticationRequired: LOGIN,
  relayDenied: {
    waitsFor: 'PEER to let us send by it',
    runNow: 'only after that is mended',
  },
  serverFault: IN_TROUBLE,
  storage: IN_TROUBLE,
  protocol: IN_TROUBLE,
  reputation: DISTRUST,
  blocklisted: DISTRUST,
  reverseDns: DISTRUST,
  helo: DISTRUST,
  mailboxFull: {
    waitsFor: 'room in the mailbox of the recipient',
    runNow: 'it would try at once; that helps when there is room',
  },
  mailboxUnknown: MAILBOX,
  mailboxDisabled: MAILBOX,
  tooManyRecipients: {
    waitsFor: 'its turn: PEER takes only so many recipients at once',
    runNow: 'it would try at once, and the rest goes after it',
    todo: NOTHING,
  },
  configuration: {
    waitsFor: 'a setting of this server',
    runNow: 'only after that is mended',
  },
}
