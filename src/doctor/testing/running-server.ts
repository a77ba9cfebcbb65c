/** A real server of this process, with one user. */
import type { TestContext } from 'node:test'

import { configFrom } from '../../config/load.ts'
import type { Config, ListenerConfig } from '../../config/types.ts'
import { fakeResolver } from '../../dns/fake.ts'
import type { Office } from '../../office.ts'
import { startServer } from '../../server.ts'
import type { World } from '../world.ts'
import { DataFolder } from './data-folder.ts'
import { nothingInstalled } from './programs.ts'

export const PASSWORD = 'correct horse battery'

/** Each with STARTTLS, and with TLS from the first octet. */
export const CLIENT_LISTENERS = (['submission', 'imap'] as const).flatMap((protocol) =>
  (['starttls', 'implicit'] as const).map((tls) => listener(`${protocol}-${tls}`, protocol, tls)),
)
/** One of each kind. */
const LISTENERS = [
  listener('smtp', 'smtp', 'starttls'),
  listener('submission', 'submission', 'starttls'),
  listener('imap', 'imap', 'implicit'),
]

/** Accounts of example.test, all with {@link PASSWORD}. */
export async function addAccounts(
  folder: DataFolder,
  names: readonly string[],
  quotaOctets: number | null = null,
): Promise<void> {
  await folder.command(async (office: Office) => {
    await office.run('domain.add', { name: 'example.test' })
    const account = { password: PASSWORD, quotaOctets, enabled: true }
    for (const name of names)
      await office.run('account.add', { address: `${name}@example.test`, account })
  })
}

/** jane@example.test has an account, and nobody waits for a refusal; stopped when the test ends. */
export async function runningServer(
  t: TestContext,
  change: Partial<Config> = {},
): Promise<DataFolder> {
  const { limits } = configFrom(null).config
  const smtp = { ...limits.smtp, authFailureDelayMs: 0 }
  const folder = new DataFolder(t, {
    ...{ listeners: LISTENERS, limits: { ...limits, smtp } },
    ...change,
  })
  await addAccounts(folder, ['jane'])
  const server = await startServer(folder.loaded.config)
  t.after(() => server[Symbol.asyncDispose]())
  return folder
}

/** What the doctor sees of it; systemd knows nothing of it. */
export async function runningWorld(t: TestContext, change: Partial<World> = {}): Promise<World> {
  const folder = await runningServer(t)
  return await folder.world({ run: nothingInstalled, resolver: fakeResolver({}), ...change })
}

function listener(
  name: string,
  protocol: ListenerConfig['protocol'],
  tls: ListenerConfig['tls'],
): ListenerConfig {
  return { name, protocol, address: '127.0.0.1', port: 0, tls }
}
