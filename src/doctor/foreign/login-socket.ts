/** Whether Postfix finds the socket at which Dovecot checks passwords. */
import { failing, ok, skipped, step } from '../findings.ts'
import type { Finding } from '../types.ts'
import { mayAccess, ownership } from './accounts.ts'
import type { ForeignCheck } from './check.ts'
import type { DovecotConfig } from './dovecot.ts'
import type { PostfixConfig } from './postfix.ts'
import { type ForeignWorld, NotInstalled } from './world.ts'

const SOCKET = {
  id: 'configuration.login-socket',
  group: 'configuration',
  title: 'Where Postfix asks Dovecot for logins',
  isNetwork: false,
} as const

export const loginSocket: ForeignCheck = {
  ...SOCKET,
  parts: {
    postfix: {
      explain: ['postconf -n smtpd_sasl_type smtpd_sasl_path', 'doveconf -n service auth'],
      look: lookAtSocket,
    },
  },
}

async function lookAtSocket(
  { value, services }: PostfixConfig,
  world: ForeignWorld,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const asks = services.some((one) => value('smtpd_sasl_auth_enable', one) === 'yes')
  if (!asks || value('smtpd_sasl_type') !== 'dovecot')
    return [skipped(SOCKET, 'Postfix asks Dovecot for no login')]
  const given = value('smtpd_sasl_path')
  if (given.startsWith('inet:')) return [skipped(SOCKET, `it is asked at ${given}`)]
  const path = given.startsWith('/') ? given : `${value('queue_directory')}/${given}`
  const account = world.accounts.get(value('mail_owner'))
  const dovecot = await configOf(world, signal)
  const way = `service auth/unix_listener ${path}`
  const listener = dovecot === null ? [] : listenerOf(dovecot, path)
  if (listener === null)
    return [trouble(`no unix_listener ${path} in service auth of Dovecot`, path)]
  const mode = Number.parseInt(dovecot?.settings.get(`${way}/mode`) ?? '0600', 8)
  const user = dovecot?.settings.get(`${way}/user`) ?? 'root'
  const group = dovecot?.settings.get(`${way}/group`) ?? ''
  const isOpen =
    (mode & 0o006) === 6 || user === account?.name || (group !== '' && (mode & 0o060) === 0o060)
  if (dovecot !== null && !isOpen)
    return [
      trouble(`${way}: mode ${mode.toString(8)}, user ${user}: not for ${account?.name}`, path),
    ]
  const found = world.root === '/' ? world.files.stat(path) : null
  if (world.root === '/' && found === null) return [trouble(`${path} is not there`, path)]
  if (found !== null && account !== undefined && !mayAccess(found, account, 6))
    return [trouble(`${path}: ${ownership(found)}`, path)]
  return [ok(SOCKET, 'Dovecot listens where Postfix asks', [`${path}, mode ${mode.toString(8)}`])]
}

/** Null: there is none. */
function listenerOf({ settings }: DovecotConfig, path: string): readonly string[] | null {
  const way = `service auth/unix_listener ${path}`
  const names = [...settings.keys()].filter((name) => name.startsWith(`${way}/`))
  return names.length > 0 ? names : null
}

/** Null: Dovecot's configuration cannot be found here. */
async function configOf(world: ForeignWorld, signal: AbortSignal): Promise<DovecotConfig | null> {
  try {
    return await world.dovecot(signal)
  } catch (error) {
    if (error instanceof NotInstalled) return null
    throw error
  }
}

function trouble(seen: string, path: string): Finding {
  return failing(SOCKET, {
    summary: 'Postfix cannot ask Dovecot for logins',
    evidence: [seen],
    meaning:
      'Nobody can log in to send: "454 4.7.0 Temporary authentication failure", or no connection at all.',
    remedy: [
      step(
        `Write into service auth in /etc/dovecot/conf.d/10-master.conf: unix_listener ${path} { mode = 0660, user = postfix, group = postfix }, a line each`,
      ),
      step('Take it over', 'doveadm reload'),
    ],
  })
}
