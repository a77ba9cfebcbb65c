/** Whole sessions with our own listeners, as far as they go without making mail. */
import { messageOf } from '../../base/faults.ts'
import { DOCTOR_NAME } from '../../journal/doctor-session.ts'
import { printable } from '../../journal/exim/escape.ts'
import { lookAtImap, SmtpTalk, type TalkTarget, Unexpected } from '../conversation.ts'
import { failing, ok, skipped, step } from '../findings.ts'
import { quoted } from '../in-command.ts'
import type { TlsSeen } from '../outside.ts'
import { type Place, placesOf, placeWords } from '../places.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

/** Takes mail for postmaster or somebody else here, and is told to forget it. */
export const incoming: Check<World> = {
  id: 'connectivity.smtp',
  group: 'connectivity',
  title: 'Receiving mail, up to the recipient',
  isNetwork: false,
  explain: [
    '(on each smtp listener: EHLO, STARTTLS, MAIL FROM:<>, RCPT TO:<postmaster> or an account, RSET, QUIT; nothing is delivered)',
  ],
  look: async (world, signal) =>
    await ofEach(incoming, world, async (place) => {
      await using talk = await SmtpTalk.open(world.connect, targetOf(world, place), signal)
      const evidence = [talk.greeting.text, tlsWords(talk.tls)]
      await talk.say('MAIL FROM:<>', 250)
      const recipient = await recipientOf(world)
      if (typeof recipient !== 'string') return recipient
      const reply = await talk.say(`RCPT TO:<${recipient}>`, 250)
      await talk.say('RSET', 250)
      return {
        summary: `it would take mail${talk.tls === null ? ', without TLS' : ' over TLS'}`,
        evidence: [...evidence, `RCPT TO:<${printable(recipient)}>: ${reply.text}`],
      }
    }),
}

/** Somebody who gets mail here: postmaster, else the first account with room; or that there is none. */
async function recipientOf(world: World): Promise<string | Unseen> {
  const domains = await world.ask('domain.list', {})
  if (domains[0] === undefined)
    return {
      why: 'it answers; there is no domain yet that it could take mail for',
      remedy: [step('Name one', 'waybill domain add example.com')],
    }
  const { destinations } = await world.ask('route', { address: 'postmaster' })
  if (destinations.some(({ kind }) => kind !== 'refused')) return 'postmaster'
  const accounts = await world.ask('account.list', {})
  const account = accounts.find(
    ({ address, enabled, quotaOctets, usedOctets }) =>
      enabled && (quotaOctets === null || usedOctets < quotaOctets) && PLAIN.test(address),
  )
  if (account !== undefined) return account.address
  return {
    why: 'it answers; there is no account yet that it could take mail for',
    remedy: [step('Make one', `waybill account add NAME@${domains[0].name}`)],
  }
}

export const submission: Check<World> = {
  id: 'connectivity.submission',
  group: 'connectivity',
  title: 'Submission, up to the login',
  isNetwork: false,
  explain: [
    '(on each submission listener: EHLO, STARTTLS, and whether a login is offered only then)',
  ],
  look: async (world, signal) =>
    await ofEach(submission, world, async (place) => {
      await using talk = await SmtpTalk.open(world.connect, targetOf(world, place), signal)
      const login = talk.features.find((line) => line.startsWith('AUTH '))
      if (login === undefined) throw new Unexpected('it offers no login, so nobody can send')
      if (talk.featuresInClear?.some((line) => line.startsWith('AUTH ')))
        throw new Unexpected('it takes passwords before TLS')
      return {
        summary: 'users can log in over TLS',
        evidence: [talk.greeting.text, tlsWords(talk.tls), login],
      }
    }),
}

export const imap: Check<World> = {
  id: 'connectivity.imap',
  group: 'connectivity',
  title: 'IMAP, up to the login',
  isNetwork: false,
  explain: [
    '(on each imap listener: CAPABILITY, STARTTLS, and whether a login is offered only then)',
  ],
  look: async (world, signal) =>
    await ofEach(imap, world, async (place) => {
      const seen = await lookAtImap(world.connect, targetOf(world, place), signal)
      const logins = seen.capabilities.filter((name) => name.startsWith('AUTH='))
      if (logins.length === 0 || seen.capabilities.includes('LOGINDISABLED'))
        throw new Unexpected('it offers no login, so nobody can read mail')
      if (seen.capabilitiesInClear?.includes('LOGINDISABLED') === false)
        throw new Unexpected('it takes passwords before TLS')
      return {
        summary: 'users can log in over TLS',
        evidence: [tlsWords(seen.tls), logins.join(' ')],
      }
    }),
}

type Seen = Pick<Finding, 'summary' | 'evidence'>
/** The session could not go to its end, for no fault of it. */
interface Unseen {
  readonly why: string
  readonly remedy: Finding['remedy']
}

/** One finding for each listener of the protocol. */
async function ofEach(
  check: Check<World>,
  world: World,
  look: (place: Place) => Promise<Seen | Unseen>,
): Promise<readonly Finding[]> {
  if (world.status === null) return [skipped(check, 'no server runs: see services.running')]
  const protocol = PROTOCOLS[check.id]
  const places = placesOf(world, protocol)
  if (places.length === 0) return [skipped(check, `no listener for ${protocol} is open`)]
  return await Promise.all(
    places.map(async (place) => {
      const subject = place.listener.name
      try {
        const seen = await look(place)
        if ('why' in seen) return skipped(check, seen.why, subject, seen.remedy)
        return ok(check, seen.summary, seen.evidence, { subject })
      } catch (error) {
        return failing(check, {
          subject,
          summary: `a session at ${placeWords(place)} fails: ${printable(messageOf(error))}`,
          evidence: [printable(messageOf(error))],
          meaning: MEANINGS[check.id] ?? '',
          remedy: remedyOf(world, place),
        })
      }
    }),
  )
}

function remedyOf(world: World, { listener, host, port }: Place): Finding['remedy'] {
  const starttls = `-starttls ${listener.protocol === 'imap' ? 'imap' : 'smtp'} `
  const tls = listener.tls === 'implicit' ? '' : starttls
  const { dataFolder } = world.loaded.config
  return [
    step(
      'Try it by hand',
      `openssl s_client -connect ${placeWords({ host, port })} ${tls}-quiet -crlf`,
    ),
    step('See what the server said of it', `tail -n 20 ${quoted(`${dataFolder}/log/mainlog`)}`),
    ...(listener.protocol === 'smtp'
      ? [
          step(
            'When it refuses postmaster, see where that leads',
            `waybill route postmaster@${world.loaded.config.hostName}`,
          ),
        ]
      : []),
  ]
}

function targetOf({ loaded }: World, { listener, host, port }: Place): TalkTarget {
  return {
    host,
    port,
    tls: listener.tls,
    serverName: loaded.config.hostName,
    helloName: DOCTOR_NAME,
  }
}

function tlsWords(tls: TlsSeen | null): string {
  return tls === null ? 'without TLS' : `${tls.protocol} with ${tls.cipher}`
}

const PROTOCOLS = {
  'connectivity.smtp': 'smtp',
  'connectivity.submission': 'submission',
  'connectivity.imap': 'imap',
} as Readonly<Record<string, 'smtp' | 'submission' | 'imap'>>
const MEANINGS: Readonly<Record<string, string>> = {
  'connectivity.smtp': 'Other servers cannot deliver here: they try again for some days.',
  'connectivity.submission': 'Users cannot send by this listener.',
  'connectivity.imap': 'Users cannot read their mail by this listener.',
}
/** Written in SMTP as it stands: ASCII, nothing to be quoted. */
const PLAIN = /^[\w.+-]+@[\w.-]+$/
