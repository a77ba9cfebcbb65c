import { startWaybill, type Waybill, type WaybillOptions } from '../support/waybill.ts'
import { ACCOUNTS, EVERYONE, PASSWORD } from './load.ts'

/** A server with the accounts that {@link Load} sends to. */
export async function startChaosServer(options: WaybillOptions = {}): Promise<Waybill> {
  return startWaybill({
    ...options,
    accounts: Object.fromEntries(ACCOUNTS.map((account) => [account, PASSWORD])),
    aliases: { [EVERYONE]: ACCOUNTS },
    settings: {
      // Rotation is another test's subject: here the whole log is in one file.
      log: { max_size: '1 GiB', daily: false },
      ...options.settings,
    },
  })
}

/** S2: everything the store promises, on the live store. Returns what is wrong; null when nothing is. */
export async function checkStore(server: Waybill): Promise<string | null> {
  const ran = await server.cli(['check', '--deep'], { timeoutMs: 300_000 })
  return ran.status === 0 ? null : `waybill check: exit ${ran.status}\n${ran.stdout}${ran.stderr}`
}
