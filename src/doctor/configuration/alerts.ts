/** Whether alerts reach anybody when this server sends no mail. */
import { printable } from '../../journal/exim/escape.ts'
import { ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import { isTrial } from '../places.ts'
import type { Check, Finding, Step } from '../types.ts'
import type { World } from '../world.ts'

export const alertWays: Check<World> = {
  id: 'configuration.alerts',
  group: 'configuration',
  title: 'Who is told when something is wrong',
  isNetwork: false,
  explain: ['waybill config show alerts', 'waybill route ADDRESS'],
  async look(world) {
    const { enabled, mail, webhooks, command } = world.loaded.config.alerts
    if (isTrial(world)) return [skipped(alertWays, 'a server for trying things out tells nobody')]
    if (!enabled) return [skipped(alertWays, 'alerts are switched off: alerts.enabled')]
    const others = [
      ...webhooks.map(({ name }) => `webhook ${name}`),
      ...(command.length > 0 ? [`the command ${printable(command[0] ?? '')}`] : []),
    ]
    const lacking = lackingFiles(world)
    if (lacking.length > 0) return lacking
    if (others.length > 0)
      return [
        ok(
          alertWays,
          'alerts have a way besides mail',
          others.map((one) => `by ${one}`),
        ),
      ]
    if (!mail) return [nobody(['alerts.mail is false, and there is no webhook and no command'])]
    return [await byMail(world)]
  },
}

/** Secrets, tokens and URLs that are named by their files: without them nothing goes out that way. */
function lackingFiles({ files, loaded }: World): Finding[] {
  const { webhooks, pingUrlFile } = loaded.config.alerts
  const named: readonly (Omit<NamedFile, 'file'> & { readonly file: string | null })[] = [
    ...webhooks.flatMap(({ name, secretFile, tokenFile, urlFile }) => {
      const way = `the webhook ${name}`
      return [
        { way, file: secretFile, what: 'secret' as const },
        { way, file: tokenFile, what: 'token' as const },
        { way, file: urlFile, what: 'URL' as const },
      ]
    }),
    { way: 'the ping', file: pingUrlFile, what: 'URL' },
  ]
  return named.flatMap(({ way, file, what }) =>
    file === null || files.stat(file) !== null
      ? []
      : [lackingFile({ way, file, what }, loaded.config.user)],
  )
}

interface NamedFile {
  /** `the webhook desk` */
  readonly way: string
  readonly file: string
  readonly what: 'secret' | 'token' | 'URL'
}

/** @param user  who has to read what is secret; null: nobody by name */
function lackingFile({ way, file, what }: NamedFile, user: string | null): Finding {
  return warning(alertWays, {
    subject: printable(file),
    summary: `a file of ${printable(way)} is not there, and nobody is told by it`,
    evidence: [`${printable(file)} does not exist`],
    meaning: 'Who waits there for alerts hears of nothing.',
    remedy: [stepFor(what, file, user), step('Try every way', 'waybill alerts test')],
  })
}

function stepFor(what: NamedFile['what'], file: string, user: string | null): Step {
  const name = quoted(file)
  const owner = user === null || user === '' ? '' : `; chown ${quoted(user)}: ${name}`
  switch (what) {
    case 'secret':
      return step(
        'Make a secret, and give it to whoever checks the signatures',
        `(umask 077; openssl rand -hex 32 > ${name})${owner}`,
      )
    case 'token':
      return step(
        'Put the token into it that the service gave you',
        `(umask 077; cat > ${name})${owner}`,
      )
    case 'URL':
      return step('Write the URL into it, for the server’s user to read')
  }
}

async function byMail(world: World): Promise<Finding> {
  const { mailTo } = world.loaded.config.alerts
  const [first] = await world.ask('domain.list', {})
  const addresses = mailTo.length > 0 || first === undefined ? mailTo : [`postmaster@${first.name}`]
  if (addresses.length === 0)
    return skipped(alertWays, 'no domain is served here yet: waybill domain add example.com')
  const routes = await Promise.all(
    addresses.map(async (address) => {
      const { destinations } = await world.ask('route', { address })
      return { address, destinations }
    }),
  )
  const evidence = routes.map(({ address, destinations }) => {
    const ends = destinations.map((one) => `${ENDS[one.kind]} (${printable(one.address)})`)
    return `${printable(address)} leads to ${ends.join(', ') || 'nobody'}`
  })
  const kinds = new Set(routes.flatMap(({ destinations }) => destinations.map(({ kind }) => kind)))
  if (kinds.has('account')) return ok(alertWays, 'alerts go to a mailbox here', evidence)
  return kinds.has('outside') ? ownQueue(evidence) : nobody(evidence)
}

const ENDS = {
  account: 'a mailbox here',
  outside: 'another server',
  blackhole: 'nowhere: it is thrown away',
  refused: 'nobody',
} as const

function ownQueue(evidence: readonly string[]): Finding {
  return warning(alertWays, {
    summary: 'alerts reach people only by the queue of this server',
    evidence: [...evidence, 'there is no webhook and no command'],
    meaning:
      'When mail does not leave this server, nobody hears of it: that mail does not leave either.',
    remedy: ADD_WAY,
  })
}

function nobody(evidence: readonly string[]): Finding {
  return warning(alertWays, {
    summary: 'nobody is told when something is wrong',
    evidence,
    meaning: 'What is wrong is found when users complain.',
    remedy: ADD_WAY,
  })
}

const ADD_WAY: readonly Step[] = [
  step(
    'Add a webhook ([[alerts.webhooks]]) or a command (alerts.command), or an address here (alerts.mail_to)',
    'waybill config show alerts',
  ),
  step('Try every way', 'waybill alerts test'),
]
