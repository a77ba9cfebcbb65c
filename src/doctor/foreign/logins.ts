/** Whether passwords go over the network for everybody to read. */
import { failing, ok, skipped, step } from '../findings.ts'
import type { Finding } from '../types.ts'
import type { ForeignCheck } from './check.ts'
import type { DovecotConfig } from './dovecot.ts'
import type { EximConfig } from './exim.ts'
import { publicServices } from './listening.ts'
import type { PostfixConfig } from './postfix.ts'
import { isLoopbackOnly } from './world.ts'

const PLAINTEXT = {
  id: 'configuration.plaintext-login',
  group: 'configuration',
  title: 'Passwords without TLS',
  isNetwork: false,
} as const

export const plaintextLogin: ForeignCheck = {
  ...PLAINTEXT,
  parts: {
    exim: { explain: ['exim -bP authenticators', 'exim -bP auth_advertise_hosts'], look: ofExim },
    postfix: {
      explain: ['postconf -n smtpd_tls_auth_only smtpd_sasl_auth_enable', 'postconf -M'],
      look: ofPostfix,
    },
    dovecot: { explain: ['doveconf -n disable_plaintext_auth ssl listen'], look: ofDovecot },
  },
}

function ofExim({ authenticators, main, addresses }: EximConfig): readonly Finding[] {
  const servers = authenticators.filter(
    ({ options }) =>
      /^(?:PLAIN|LOGIN)$/i.test(options.get('public_name') ?? '') &&
      [...options.keys()].some((name) => name.startsWith('server_')),
  )
  if (servers.length === 0) return [skipped(PLAINTEXT, 'nobody can log in')]
  if (isLoopbackOnly(addresses)) return [loopback(addresses)]
  const isBound = TLS.test(main.get('auth_advertise_hosts') ?? '*')
  const open = servers.filter(
    ({ options }) => !isBound && !TLS.test(options.get('server_advertise_condition') ?? ''),
  )
  if (open.length === 0)
    return [
      ok(
        PLAINTEXT,
        'a login is offered with TLS only',
        servers.map(({ name }) => `authenticator ${name}`),
      ),
    ]
  return [
    plain(
      open.map(
        ({ name }) => `authenticator ${name} has no server_advertise_condition with $tls_in_cipher`,
      ),
      [
        step(
          'Write server_advertise_condition into each of them, true only while $tls_in_cipher is not empty',
        ),
      ],
    ),
  ]
}

/** A condition that asks for TLS, as $tls_in_cipher or $tls_cipher. */
const TLS = /\btls_(?:in_)?(?:cipher|ver)/

function ofPostfix(config: PostfixConfig): readonly Finding[] {
  const { value } = config
  const asks = publicServices(config).filter(
    (one) => one.command === 'smtpd' && value('smtpd_sasl_auth_enable', one) === 'yes',
  )
  if (asks.length === 0) return [skipped(PLAINTEXT, 'nobody can log in from outside')]
  const open = asks.filter(
    (one) =>
      value('smtpd_tls_auth_only', one) !== 'yes' &&
      value('smtpd_tls_wrappermode', one) !== 'yes' &&
      !/^encrypt$/.test(value('smtpd_tls_security_level', one)) &&
      !/noplaintext/.test(value('smtpd_sasl_security_options', one)),
  )
  if (open.length === 0)
    return [
      ok(
        PLAINTEXT,
        'a login is offered with TLS only',
        asks.map(({ name }) => `service ${name}`),
      ),
    ]
  return [
    plain(
      open.map(
        ({ name }) => `service ${name}: smtpd_sasl_auth_enable = yes, smtpd_tls_auth_only = no`,
      ),
      [step('Offer it with TLS only', 'postconf -e smtpd_tls_auth_only=yes && postfix reload')],
    ),
  ]
}

function ofDovecot({ settings, addresses }: DovecotConfig): readonly Finding[] {
  if (isLoopbackOnly(addresses)) return [loopback(addresses)]
  const ssl = settings.get('ssl') ?? 'yes'
  const isPlain = settings.get('disable_plaintext_auth') === 'no' && ssl !== 'required'
  const evidence = [
    `disable_plaintext_auth = ${settings.get('disable_plaintext_auth') ?? 'yes'}, ssl = ${ssl}, listen = ${settings.get('listen') ?? '*, ::'}`,
  ]
  if (isPlain)
    return [
      plain(evidence, [
        step('Write into /etc/dovecot/conf.d/10-auth.conf: disable_plaintext_auth = yes'),
        step('Write into /etc/dovecot/conf.d/10-ssl.conf: ssl = required'),
        step('Take it over', 'doveadm reload'),
      ]),
    ]
  if (ssl !== 'no') return [ok(PLAINTEXT, 'a password is taken with TLS only', evidence)]
  return [
    failing(PLAINTEXT, {
      summary:
        'nobody can log in from outside: there is no TLS, and without it no password is taken',
      evidence,
      meaning: 'Mail programs say that the login failed, although the password is right.',
      remedy: [
        step('Give it a certificate: ssl = required, ssl_cert and ssl_key in conf.d/10-ssl.conf'),
      ],
    }),
  ]
}

function plain(evidence: readonly string[], remedy: readonly ReturnType<typeof step>[]): Finding {
  return failing(PLAINTEXT, {
    summary: 'passwords are taken without TLS, from everywhere',
    evidence,
    meaning:
      'Who listens on a network on the way has the password, and sends and reads mail with it.',
    remedy,
  })
}

function loopback(addresses: readonly string[]): Finding {
  return skipped(PLAINTEXT, `only this machine can reach it: it listens on ${addresses.join(', ')}`)
}
