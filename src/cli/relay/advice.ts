/** Why a relay cannot be used, in words, and what to do. */
import type { RelayTry } from '../../control/relay-test.ts'
import { explainError } from '../../diagnosis/reasons/explain.ts'
import { factsOf } from '../../diagnosis/reasons/facts.ts'
import type { Relay } from '../../directory/types.ts'

export interface Advice {
  /** One line. */
  readonly why: string
  readonly meaning: string
  /** Steps in their order. */
  readonly remedy: readonly string[]
}

type Failed = RelayTry & { readonly failure: NonNullable<RelayTry['failure']> }

/** What a failed try tells; what the relay says of a message is explained as in the log. */
export function adviceFor(relay: Relay, tried: Failed): Advice {
  const { phase, scope } = tried.failure
  if (scope === 'login') return loginAdvice(relay, tried)
  switch (phase) {
    case 'dns':
      return nameAdvice(relay, tried)
    case 'connect':
      return tlsAdvice(relay, tried) ?? connectAdvice(relay, tried)
    case 'banner':
    case 'EHLO':
      return tlsAdvice(relay, tried) ?? (tried.failure.reply === null ? silent : said)(relay, tried)
    case 'STARTTLS':
      return tlsAdvice(relay, tried) ?? said(relay, tried)
    case 'AUTH':
      return loginAdvice(relay, tried)
    default:
      return ofTestMessage(relay, tried)
  }
}

/** What its words mean. Who reads it has just tested the relay. */
function said({ name, user }: Relay, { failure, host }: Failed): Advice {
  const { reason } = explainError(
    factsOf(failure.text, {
      ...{ direction: 'outbound', host, enhanced: failure.status },
      ...{ server: 'waybill', relay: { name, refusesLogin: user === null } },
      temporary: failure.kind === 'deferred',
    }),
  )
  const remedy = reason.remedy.filter((step) => !/waybill (relay test|queue)/.test(step))
  return { why: reason.title, meaning: reason.meaning, remedy }
}

/** We are logged in, and it refuses the message. */
function ofTestMessage(relay: Relay, tried: Failed): Advice {
  const advice = said(relay, tried)
  const other = `Try another sender: waybill relay test ${relay.name} --to ADDRESS --from ADDRESS`
  return tried.failure.phase === 'MAIL' ? { ...advice, remedy: [...advice.remedy, other] } : advice
}

function silent({ name, tls }: Relay, { host, port }: Failed): Advice {
  const early = `Perhaps port ${port} begins with TLS: waybill relay set ${name} --tls implicit`
  return {
    why: `${host} does not talk to us on port ${port}`,
    meaning:
      'It took the connection, and then said nothing or hung up. It may know this address and not ' +
      'like it, take only networks that it knows, or wait for TLS.',
    remedy: [
      ...(tls === 'implicit' ? [] : [early]),
      'Ask the provider of the relay whether this network may connect, and on which port.',
    ],
  }
}

function nameAdvice({ name }: Relay, { host, failure }: Failed): Advice {
  if (/turned off/.test(failure.text))
    return {
      why: `${host} cannot be reached with the addresses that this server uses`,
      meaning: 'outgoing.ipv4 or outgoing.ipv6 in the configuration is false.',
      remedy: ['Turn it on, or name a host that has an address of the other kind.'],
    }
  if (/did not complete/.test(failure.text))
    return {
      why: `DNS does not answer for ${host}`,
      meaning: 'The DNS servers of this machine could not be asked, or had no answer in time.',
      remedy: ['Look at /etc/resolv.conf, and try again when DNS works.'],
    }
  return {
    why: `${host} is not in DNS`,
    meaning: 'No address belongs to this name.',
    remedy: [
      `Compare the name with what the provider of the relay says: waybill relay set ${name} --host HOST`,
    ],
  }
}

function connectAdvice({ name }: Relay, { host, port, failure }: Failed): Advice {
  const other = port === 25 ? 587 : port === 587 ? 465 : 587
  const tryOther = `Try another port, if the provider offers one: waybill relay set ${name} --host ${host}:${other}${other === 465 ? ' --tls implicit' : ''}`
  if (/refused/i.test(failure.text))
    return {
      why: `nothing listens on port ${port} of ${host}`,
      meaning: 'The host is there, and refuses the connection: the port is wrong, or it is down.',
      remedy: [tryOther, 'Ask the provider whether this network may connect.'],
    }
  return {
    why: `${host} does not answer on port ${port}`,
    meaning:
      'No answer came. A firewall on the way drops it, or the host is down; many networks let ' +
      'nobody out to port 25.',
    remedy: [tryOther, 'Ask the provider of this machine’s network whether the port is blocked.'],
  }
}

/** Null: it is not about TLS. */
function tlsAdvice(relay: Relay, tried: Failed): Advice | null {
  const { name, tls } = relay
  const { host, port, failure, certificate } = tried
  const command = `waybill relay set ${name} --host ${host}`
  if (tls === 'implicit' && SPEAKS_NO_TLS.test(failure.text))
    return {
      why: `${host} does not begin with TLS on port ${port}`,
      meaning: 'It speaks SMTP in the clear first, as on port 587: TLS begins there by STARTTLS.',
      remedy: [
        `Either keep the port: waybill relay set ${name} --tls starttls`,
        `or take the other one: ${command}:465 --tls implicit`,
      ],
    }
  const isSilent = failure.phase === 'banner' && /timeout|timed out|closed/i.test(failure.text)
  if (tls !== 'implicit' && port === 465 && isSilent)
    return {
      why: `${host} says nothing on port 465`,
      meaning: 'There it waits for TLS from the start, and we wait for its greeting.',
      remedy: [`waybill relay set ${name} --tls implicit`],
    }
  if (tls === 'starttls' && failure.phase === 'STARTTLS' && NOT_OFFERED.test(failure.text))
    return {
      why: `${host} offers no TLS on port ${port}`,
      meaning: 'Without it, everybody on the way could read the mail and the password.',
      remedy: [
        `Try its port for TLS: ${command}:465 --tls implicit, or ${command}:587`,
        'In your own network only: --tls none',
      ],
    }
  if (certificate?.fault != null && relay.checkCertificate && tls !== 'opportunistic')
    return certificateAdvice(relay, tried, certificate.fault)
  return null
}

const SPEAKS_NO_TLS =
  /wrong version number|packet length too long|unknown protocol|record overflow/i
const NOT_OFFERED = /offer|advertis|support|available/i

function certificateAdvice({ name }: Relay, { host }: Failed, fault: string): Advice {
  const remedy = [
    'Ask the provider of the relay; its certificate is to be mended there.',
    `If it is your own and you know this certificate: waybill relay set ${name} --no-check`,
  ]
  const why = `the certificate of ${host} ${faultText(fault)}`
  const meaning = 'Somebody could be between us and the relay, so the password was not sent.'
  return fault === WRONG_NAME
    ? { why, meaning, remedy: ['Use a name that is in the certificate: --host NAME', ...remedy] }
    : { why, meaning, remedy }
}

const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID'

/** The end of the sentence "the certificate …". */
export function faultText(fault: string): string {
  return FAULTS[fault] ?? `is not trusted (${fault})`
}

const FAULTS: Readonly<Record<string, string>> = {
  __proto__: null as never,
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet; or the clock here is wrong',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'is from an authority that nobody here knows',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is from an authority that nobody here knows',
  UNABLE_TO_GET_ISSUER_CERT: 'comes without the certificates between it and its authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes without the certificates between it and its authority',
  CERT_REVOKED: 'was revoked',
  [WRONG_NAME]: 'is for other names',
}

/** Nothing was refused: we did not try. */
function noWayToLogIn(name: string, text: string): Omit<Advice, 'why'> {
  if (/without TLS/.test(text))
    return {
      meaning: 'Without TLS it offers nothing that would not show the password in the clear.',
      remedy: [
        `Use TLS: waybill relay set ${name} --tls starttls, or --tls implicit with port 465`,
        `It knows us by our address? waybill relay set ${name} --no-login`,
      ],
    }
  if (/\band not\b/.test(text))
    return {
      meaning: 'It does not offer the one mechanism that this relay is set to.',
      remedy: [`Take the best of what it offers: waybill relay set ${name} --mechanism auto`],
    }
  return {
    meaning: 'It offers no mechanism that this server speaks, or did not prove who it is.',
    remedy: [
      'Compare host and port with what the provider says.',
      `It knows us by our address? waybill relay set ${name} --no-login`,
    ],
  }
}

function loginAdvice(relay: Relay, { host, failure }: Failed): Advice {
  const { name, user } = relay
  if (user === null || /^530/.test(failure.reply ?? ''))
    return {
      why: `${host} wants a login`,
      meaning: 'It takes mail only of those who log in.',
      remedy: [`waybill relay set ${name} --user USER`],
    }
  if (!/^5/.test(failure.reply ?? '') && failure.reply !== null)
    return {
      why: `${host} cannot check our login now`,
      meaning: 'Its answer is temporary: it is busy, or has seen too many logins.',
      remedy: ['Try again in some minutes.'],
    }
  if (failure.reply === null)
    return {
      why: `there is no way to log in at ${host}`,
      ...noWayToLogIn(name, failure.text),
    }
  return {
    why: `${host} refuses the user ${user} with this password`,
    meaning: 'One of the two is wrong, the account is locked, or the password was changed.',
    remedy: [
      `Give the password again: waybill relay set ${name} --password`,
      'Two-step verification? Then the provider wants an app password.',
    ],
  }
}
