/**
 * The same reasons when it was our own relay (smarthost) that said it, or could not be reached. Up to
 * MAIL it is between the relay and us: the recipient's provider has nothing to do with it. Later its
 * answer can be about the recipient, whose server it may ask, or about what we may send.
 */
import { GOOGLE } from '../rules/google.ts'
import { GOOGLE_RELAY } from '../rules/google-relay.ts'
import { GOOGLE_SENDERS } from '../rules/google-senders.ts'
import { HOST } from '../rules/host.ts'
import { SMARTHOST_LOGIN_FAILED } from '../rules/login.ts'
import { MICROSOFT } from '../rules/microsoft.ts'
import { JUST_WAIT } from '../rules/remedies.ts'
import { SENDING } from '../rules/sending.ts'
import { SENDING_SERVICES } from '../rules/sending-services.ts'
import type { AnyReason, Step } from './steps.ts'
import type { Category, ErrorFacts, ErrorPhase, OwnRelay } from './types.ts'

/** What is said instead. The category stays: it is the same kind of error. */
type View = Pick<AnyReason, 'id' | 'title' | 'meaning' | 'actor' | 'remedy' | 'retry'>

/** The reason as it concerns us and our relay. */
export function atRelay(reason: AnyReason, facts: ErrorFacts): AnyReason {
  const { relay, direction } = facts
  if (relay === null || direction === 'inbound' || direction === 'local') return reason
  if (isOfSender(reason, facts, relay))
    return withName({ ...ofNobody(reason), ...REFUSES_SENDER }, relay)
  return withName(isOurs(reason, facts) ? reason : seenBy(reason, facts), relay)
}

/**
 * A login is refused at AUTH. We give no mail to a relay that did not take it, nor does Postfix, so `535`
 * to MAIL or later is about this sender: `src/queue/relay-refusal.ts`. Exim goes on without a login.
 */
function isOfSender(
  { id, category }: AnyReason,
  { code, phase, server }: ErrorFacts,
  { refusesLogin }: OwnRelay,
): boolean {
  if (server === 'exim' || refusesLogin === true) return false
  if (code !== 535 || category !== 'loginFailed' || OF_ACCOUNT.has(id)) return false
  return phase !== null && WITH_SENDER.has(phase)
}

const WITH_SENDER: ReadonlySet<ErrorPhase> = new Set<ErrorPhase>([
  ...(['mail', 'rcpt', 'data', 'endOfData'] as const),
])
/** Its words are about the account, whoever the sender. */
const OF_ACCOUNT: ReadonlySet<string> = new Set([
  ...['account-access-disabled', 'too-many-login-failures', 'microsoft-smtp-auth-disabled'],
])

function seenBy(reason: AnyReason, facts: ErrorFacts): AnyReason {
  const { id, category, actor } = reason
  const isSession = isOfSession(reason, facts)
  const view = BY_ID[id] ?? (isSession ? SESSION : MESSAGE)[category]
  // After `queue reroute` it can be the last error of the way before.
  if (isOfDomain(reason, facts)) return reason
  if (view !== undefined) return { ...ofNobody(reason), ...view }
  if (ABOUT_RECIPIENT.has(category)) return reason
  if (isSession && !ABOUT_MESSAGE.has(category)) return { ...ofNobody(reason), ...REFUSES_US }
  return actor === 'recipientProvider' ? { ...ofNobody(reason), ...REFUSES_MESSAGE } : reason
}

function isOfDomain({ category }: AnyReason, { server, phase, text }: ErrorFacts): boolean {
  return category === 'dns' && server === 'waybill' && phase === null && !text.includes(OF_RELAY)
}

/** So our client says when the relay itself is not in DNS. */
const OF_RELAY = "the relay's host"

/** Rules of a server's own words give way to what is said of the relay. */
function ofNobody({ of: _, ...reason }: AnyReason): AnyReason {
  return { ...reason, links: [] }
}

/** What we say of ourselves, and what a provider says of its own customers, is said right already. */
function isOurs({ id, actor }: AnyReason, { code }: ErrorFacts): boolean {
  // Only our own host says it without a code.
  if (OF_HOST.has(id)) return code === null
  return SAID_OF_RELAYS.has(id) || (SAID_RIGHT.has(id) && actor !== 'recipientProvider')
}

/** The second tells of an earlier error, whatever it was. */
const SAID_OF_RELAYS: ReadonlySet<string> = new Set([
  SMARTHOST_LOGIN_FAILED.id,
  'retry-time-not-reached',
])
const SAID_RIGHT: ReadonlySet<string> = new Set(
  [SENDING, GOOGLE, GOOGLE_RELAY, GOOGLE_SENDERS, MICROSOFT, SENDING_SERVICES]
    .flat()
    .map(({ id }) => id),
)

const OF_HOST: ReadonlySet<string> = new Set(HOST.map(({ id }) => id))

function isOfSession({ category }: AnyReason, { phase }: ErrorFacts): boolean {
  return phase === null ? OF_SESSION.has(category) : SESSION_PHASES.has(phase)
}

const SESSION_PHASES: ReadonlySet<ErrorPhase> = new Set<ErrorPhase>([
  ...(['connect', 'helo', 'starttls', 'auth', 'mail', 'login'] as const),
])
/** What an error that does not say its phase is about. */
const OF_SESSION: ReadonlySet<Category> = new Set<Category>([
  'network',
  'dns',
  'tls',
  'loginFailed',
])
/** At MAIL, these are about this message alone. */
const ABOUT_MESSAGE: ReadonlySet<Category> = new Set<Category>([
  ...(['tooBig', 'addressSyntax', 'messageFormat', 'expired'] as const),
])
const ABOUT_RECIPIENT: ReadonlySet<Category> = new Set<Category>([
  ...(['mailboxUnknown', 'mailboxMoved', 'mailboxFull', 'mailboxDisabled'] as const),
  ...(['recipientRestricted', 'domainUnknown', 'noMailDomain', 'addressSyntax'] as const),
])

/** With the relay's own name where a command has to have one. */
function withName(reason: AnyReason, { name }: OwnRelay): AnyReason {
  if (name === null) return reason
  return { ...reason, remedy: reason.remedy.map((step) => named(step, name)) }
}

function named(step: Step, name: string): Step {
  if (typeof step === 'string') return withRelayName(step, name)
  return step.waybill === undefined ? step : { ...step, waybill: withRelayName(step.waybill, name) }
}

/** Commands about a relay whose name was not known are about this one. */
export function withRelayName(text: string, name: string): string {
  return text.replace(/(waybill relay \w+) NAME\b/g, `$1 ${name}`)
}

const TRY_IT: Step = {
  waybill: 'Try it: `waybill relay test NAME` connects, logs in, and says what is wrong.',
  exim: 'Try it as Exim does: `exim -d+transport -M ID`, or by hand: `swaks --server HOST:587 --tls --auth-user USER --quit-after AUTH`.',
  postfix:
    'Look at what is set: `postconf relayhost smtp_sasl_password_maps smtp_tls_security_level`; then by hand: `swaks --server HOST:587 --tls --auth-user USER --quit-after AUTH`.',
}
const THEN_SEND: Step = {
  waybill: 'Mended? What waits goes at its next time, or at once: `waybill queue run --now`.',
  exim: 'Mended? What waits goes at once with `exim -qff`.',
  postfix: 'Mended? What waits goes at once with `postqueue -f`.',
}
const ASK_PROVIDER =
  'Nothing wrong here? Send this line to the provider of the relay, and see what it tells of its state.'

const UNREACHABLE: View = {
  id: 'relay-unreachable',
  title: 'Our relay (smarthost) cannot be reached',
  meaning:
    'This server sends through a relay, and that relay did not answer, or the connection to it broke. All mail that goes by it waits; the servers of the recipients have no part in it.',
  actor: 'you',
  remedy: [
    TRY_IT,
    'Compare host and port with what its provider says, and let the firewall pass them outwards: 587 or 465, seldom 25.',
    ASK_PROVIDER,
    THEN_SEND,
  ],
  retry: 'helps',
}

const NOT_IN_DNS: View = {
  id: 'relay-not-in-dns',
  title: 'The name of our relay (smarthost) is not found in DNS',
  meaning:
    'This server sends through a relay, and DNS gave no address for its name. All mail that goes by it waits.',
  actor: 'you',
  remedy: [
    'See what DNS says: `dig +short A HOST`. No answer for any name? Then it is the resolver of this host: /etc/resolv.conf.',
    'Compare the name with what the provider of the relay says.',
    TRY_IT,
  ],
  retry: 'helps',
}

const NO_TLS: View = {
  id: 'relay-tls-failed',
  title: 'No TLS with our relay (smarthost) came about',
  meaning:
    'This server sends through a relay, and encryption with it failed: it is not offered, no version is common, or its certificate does not fit. Nothing was sent, no password either.',
  actor: 'you',
  remedy: [
    TRY_IT,
    'Is it the right kind? Port 465 begins with TLS, on 587 and 25 it comes by STARTTLS.',
    'Is the certificate out of date, or for another name? Use a name that it has, or tell the provider of the relay.',
    THEN_SEND,
  ],
  retry: 'afterFix',
}

const LIMIT: View = {
  id: 'relay-limit',
  title: 'Our relay (smarthost) takes no more from us for now',
  meaning:
    'The relay that this server sends through counts what we send, and the count for this minute, hour or day is reached.',
  actor: 'you',
  remedy: [
    'Wait: what waits goes when the relay takes mail again.',
    'Is it more than you would send? Look for an account or a form that was taken over: `waybill log stats`.',
    'Comes often? Ask the provider of the relay for a higher limit, or send more slowly.',
    {
      waybill: 'More slowly: fewer connections and a rate in `outgoing`.',
      exim: 'More slowly: `remote_max_parallel`, `smtp_ratelimit_mail`.',
      postfix: 'More slowly: `smtp_destination_rate_delay`, `smtp_destination_concurrency_limit`.',
    },
  ],
  retry: 'helps',
}

const IN_TROUBLE: View = {
  id: 'relay-in-trouble',
  title: 'Our relay (smarthost) takes no mail at the moment',
  meaning:
    'The relay that this server sends through is busy, in maintenance, or has a fault. The message waits and is tried again.',
  actor: 'relayProvider',
  remedy: [
    'Wait an hour: most such faults pass.',
    TRY_IT,
    'Lasts longer? Send this line to the provider of the relay.',
  ],
  retry: 'helps',
}

const GREYLISTS: View = {
  id: 'relay-greylists',
  title: 'Our relay (smarthost) greylists: come back in a few minutes',
  meaning:
    'The relay that this server sends through let the first try fail on purpose, or handed on that the recipient’s server did. The message waits and is tried again, and then it is taken.',
  actor: 'nobody',
  remedy: [
    ...JUST_WAIT,
    'Happens with much of the mail? Ask the provider of the relay not to greylist its own customers.',
  ],
  retry: 'helps',
}

const REFUSES_US: View = {
  id: 'relay-refuses-us',
  title: 'Our relay (smarthost) does not take this server',
  meaning:
    'The relay that this server sends through refused before it was said for whom the mail is: because of our address or name, our login, or the sender.',
  actor: 'you',
  remedy: [
    TRY_IT,
    'Does it know us by address? Then that may have changed, or is missing in the settings at its provider.',
    ASK_PROVIDER,
    THEN_SEND,
  ],
  retry: 'afterFix',
}

const NOT_ALLOWED: View = {
  id: 'relay-sender-not-allowed',
  title: 'Our relay (smarthost) does not let us send this',
  meaning:
    'The relay that this server sends through takes mail only from senders that it knows, or after a login, and not from this sender, or not for others. It is about us, not about the recipient.',
  actor: 'you',
  remedy: [
    'Log in there, if it is done without: the provider of the relay gives name and password.',
    TRY_IT,
    'Does the login belong to another address or domain? Have this one added, or verified, at the provider; forwarded mail has a foreign sender.',
    THEN_SEND,
  ],
  retry: 'afterFix',
}

const REFUSES_SENDER: View & Pick<AnyReason, 'category'> = {
  id: 'relay-refuses-sender',
  category: 'senderRejected',
  title: 'Our relay (smarthost) does not let this account send as this sender',
  meaning:
    'The relay that this server sends through took our login, and refused the message when it saw its sender: the account may send only as its own addresses. It is not the password: leave that as it is.',
  actor: 'you',
  remedy: [
    'Have the provider of the relay allow this sender’s address, or its whole domain, for the account.',
    {
      waybill:
        'Or send what comes from that domain by another relay: `waybill relay add OTHER --host HOST:587 --user USER --for-sender DOMAIN`.',
      postfix:
        'Or send what comes from that domain by another relay: `sender_dependent_relayhost_maps`, with `smtp_sender_dependent_authentication = yes`.',
    },
    {
      waybill:
        'See whether it takes the sender now: `waybill relay test NAME --from SENDER --to ADDRESS`.',
      postfix:
        'See whether it takes the sender now: `swaks --server HOST:587 --tls --auth-user USER --from SENDER --to ADDRESS`.',
    },
    THEN_SEND,
  ],
  retry: 'afterFix',
}

const LOGIN: View = {
  id: SMARTHOST_LOGIN_FAILED.id,
  title: SMARTHOST_LOGIN_FAILED.title,
  meaning: SMARTHOST_LOGIN_FAILED.meaning,
  actor: SMARTHOST_LOGIN_FAILED.actor,
  remedy: SMARTHOST_LOGIN_FAILED.remedy,
  retry: SMARTHOST_LOGIN_FAILED.retry,
}

const REFUSES_MESSAGE: Pick<View, 'id' | 'actor' | 'remedy'> & { readonly meaning: string } = {
  id: 'relay-refuses-message',
  meaning:
    'The relay that this server sends through refused this message, by a rule or a filter of its own, or handed on what the recipient’s server said.',
  actor: 'relayProvider',
  remedy: [
    'Read its words: do they name the recipient’s server? Then it is as that server says, and its postmaster can help.',
    'Otherwise ask the provider of the relay, with this line, why it refused.',
  ],
}

type Views = { readonly [C in Category]?: View }

/** Its category is about time. */
const BY_ID: { readonly [id: string]: View } = { 'connection-timed-out': UNREACHABLE }

/** What the relay says, or does not say, before any recipient is named. */
const SESSION: Views = {
  network: UNREACHABLE,
  dns: NOT_IN_DNS,
  tls: NO_TLS,
  loginFailed: LOGIN,
  authenticationRequired: NOT_ALLOWED,
  senderRejected: NOT_ALLOWED,
  relayDenied: NOT_ALLOWED,
  rateLimited: LIMIT,
  greylisted: GREYLISTS,
  serverFault: IN_TROUBLE,
  storage: IN_TROUBLE,
  protocol: IN_TROUBLE,
}

/** What it says of a recipient or of the content, or when the connection is lost there. */
const MESSAGE: Views = {
  network: UNREACHABLE,
  tls: NO_TLS,
  loginFailed: NOT_ALLOWED,
  authenticationRequired: NOT_ALLOWED,
  senderRejected: NOT_ALLOWED,
  relayDenied: NOT_ALLOWED,
  rateLimited: LIMIT,
  greylisted: GREYLISTS,
  serverFault: IN_TROUBLE,
  storage: IN_TROUBLE,
}
