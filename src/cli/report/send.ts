/** Mails a report, from the postmaster of this server through its queue. */
import type { Command } from 'commander'

import { systemClock } from '../../base/clock.ts'
import { printable } from '../../journal/exim/escape.ts'
import type { Report } from '../../report/types.ts'
import { configOf, withOffice } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { operator } from '../queue/steer.ts'
import { mailOf } from './mail.ts'

/** @throws UsageFault when this server takes no mail for it; of other domains the queue finds out */
export async function requireRecipient(command: Command, to: string): Promise<void> {
  await withOffice(command, async (office) => {
    const [verified] = await office.run('mail.verify', { recipients: [to] })
    const refused = verified?.refused ?? null
    if (refused !== null) throw new UsageFault(`no mail goes to ${printable(to)}: ${refused}`)
  })
}

/**
 * @returns what there is to say of it: `The report goes to ann@example.com: 1vcfC7-000000001Dz-0000`
 * @throws Refusal when this server takes no mail for it
 */
export async function send(command: Command, to: string, made: Report): Promise<string> {
  const { config } = configOf(command)
  const { submit } = await import('../sendmail/submit.ts')
  return await withOffice(command, async (office) => {
    const { id } = await submit(office, config.dataFolder, mailOf(made, to, systemClock.nowMs()), {
      ...{ from: 'postmaster', fullName: 'Waybill', recipients: [to], user: operator() },
      ...{ needsFrom: true, needsMessageId: true, notify: null, ret: null, envelopeId: null },
    })
    return `The report goes to ${printable(to)}: ${id}`
  })
}
