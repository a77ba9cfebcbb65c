/** Remedies that differ with the server: each names only commands that its reader has. */
import type { ErrorFacts, MailServer, Reason } from './types.ts'

/** The same for every server; or one for each that has it: for the others there is no such step. */
export type Step = string | { readonly [S in MailServer]?: string }

/** A reason as a table has it, before it is known who reads it. */
export type AnyReason = Omit<Reason, 'remedy'> & {
  readonly remedy: readonly Step[]
  readonly of?: MailServer
}

/**
 * The steps for who reads the log of this server. Null: nobody knows whose it is, so every server's
 * are given, each with its name.
 */
export function stepsFor(remedy: readonly Step[], server: MailServer | null): readonly string[] {
  return remedy.flatMap((step) => {
    if (typeof step === 'string') return [step]
    if (server !== null) return step[server] ?? []
    return SERVERS.flatMap((one) => {
      const words = step[one]
      return words === undefined ? [] : [`${NAMES[one]}: ${words}`]
    })
  })
}

/** The reason with the steps for its reader. */
export function reasonFor(
  { of, remedy, ...reason }: AnyReason,
  { server, direction }: Pick<ErrorFacts, 'server' | 'direction'>,
): Reason {
  // Dovecot keeps the mailboxes of the same host, whichever server moves the mail.
  const isBeside = of === 'dovecot' && direction === 'local' && server !== 'waybill'
  if (of === undefined || server === null || of === server || isBeside)
    return { ...reason, remedy: stepsFor(remedy, server) }
  return {
    ...reason,
    actor: direction === 'outbound' ? 'recipientProvider' : reason.actor,
    remedy: [
      `These are words of ${NAMES[of]}, and this is the log of ${NAMES[server]}: whoever runs that ${NAMES[of]} has to mend it.`,
      'Is it yours? Look into its own log. Otherwise send these words to its postmaster.',
    ],
  }
}

const SERVERS: readonly MailServer[] = ['waybill', 'exim', 'postfix', 'dovecot']
const NAMES: { readonly [S in MailServer]: string } = {
  waybill: 'Waybill',
  exim: 'Exim',
  postfix: 'Postfix',
  dovecot: 'Dovecot',
}
