/** What makes checks of people fail: logins, accounts, addresses, and what leads to them. */
import type { TestContext } from 'node:test'

import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import type { ListenerConfig } from '../../config/types.ts'
import type { AliasTarget, NewRelay } from '../../directory/types.ts'
import type { World } from '../world.ts'
import type { Causes } from './cause.ts'
import { DataFolder } from './data-folder.ts'
import { addLogs, logWorld, login } from './log-folder.ts'
import { answering, peer } from './peer.ts'
import { addAccounts, PASSWORD, runningWorld } from './running-server.ts'
import { worldOf } from './world.ts'

const JANE = 'jane@example.test'

const LOGIN_CAUSES: Causes = {
  'authentication.login': {
    what: 'the password is another one',
    fails: async (t) => await runningWorld(t, { login: { address: JANE, password: 'mistyped-1' } }),
    says: /^jane@example\.test cannot log in$/,
    isWell: async (t) => await runningWorld(t, { login: { address: JANE, password: PASSWORD } }),
  },
  'authentication.wrong': {
    what: 'what listens there takes any password',
    fails: async (t) => await takingPasswords(t, 'none'),
    says: /^submission lets in a name that does not exist$/,
    isWell: runningWorld,
  },
  'authentication.clear': {
    what: 'what listens there takes passwords without TLS',
    fails: async (t) => await takingPasswords(t, 'starttls'),
    says: /^submission looks at passwords that come without TLS$/,
    isWell: runningWorld,
  },
  'authentication.failures': {
    what: 'a device keeps an old password',
    fails: async (t) => await withLogins(t, login(HOUR_MS / 2, JANE, '198.51.100.7').repeat(14)),
    says: /^14 logins for jane@example\.test failed in the last hour$/,
    isWell: async (t) => await withLogins(t, login(HOUR_MS / 2, JANE, '198.51.100.7', true)),
  },
  'authentication.guessing': {
    what: 'a network tries one name after the other',
    fails: async (t) => {
      const guesses = Array.from({ length: 24 }, (_, at) =>
        login(HOUR_MS / 2, `${['jane', 'bob', 'sue'][at % 3]}@example.test`, `203.0.113.${at}`),
      )
      return await withLogins(t, guesses.join(''))
    },
    says: /^203\.0\.113\.0\/24 guesses passwords: 24 failures in the last hour$/,
    isWell: async (t) => await withLogins(t, login(HOUR_MS / 2, JANE, '198.51.100.7')),
  },
  'authentication.passwords': {
    what: 'hashes from another server, made too fast',
    fails: async (t) =>
      await changed(t, "UPDATE account SET password = '$scrypt$ln=10,r=8,p=1$SALT$HASH'"),
    says: /^the passwords of 1 account are kept as hashes that are too fast$/,
    isWell: async (t) => await changed(t, ''),
  },
  'authentication.unused': {
    what: 'nobody has read it for months',
    fails: async (t) =>
      await changed(
        t,
        `UPDATE account SET messages = 3, created_ms = ${Date.now() - 90 * DAY_MS};
         UPDATE mailbox SET messages = 3, unseen = 3 WHERE name = 'INBOX'`,
      ),
    says: /^1 account gathers mail that nobody has ever read$/,
    isWell: async (t) => await changed(t, ''),
  },
  'authentication.disabled': {
    what: 'an alias leads to somebody who left',
    async fails(t) {
      const folder = await withAlias(t, { kind: 'addresses', addresses: [JANE] })
      await folder.command((office) =>
        office.run('account.set', { address: JANE, change: { enabled: false } }),
      )
      return await folder.world()
    },
    says: /^mail for info@example\.test leads to jane@example\.test, which is closed/,
    isWell: withGoodAlias,
  },
}

const ADDRESS_CAUSES: Causes = {
  'configuration.domains': {
    what: 'a domain without anybody',
    fails: async (t) => await (await withAccounts(t, [])).world(),
    says: /^nobody has an address in it$/,
    isWell: async (t) => await (await withAccounts(t, ['jane'])).world(),
  },
  'configuration.postmaster': {
    what: 'nobody gets its mail',
    fails: async (t) => await (await withAccounts(t, [])).world(),
    says: /^mail for postmaster@example\.test does not arrive$/,
    isWell: async (t) => await (await withAccounts(t, ['jane'])).world(),
  },
  'configuration.aliases': {
    what: 'one leads to nobody',
    async fails(t) {
      const target: AliasTarget = { kind: 'addresses', addresses: ['gone@example.test'] }
      return await (await withAlias(t, target)).world()
    },
    says: /nobody has the address gone@example\.test/,
    isWell: withGoodAlias,
  },
  'configuration.relays': {
    what: 'it has no rules',
    fails: async (t) => await withRelay(t, []),
    says: /^no mail goes by it: it has no rules$/,
    isWell: async (t) => await withRelay(t, [{ kind: 'all' }]),
  },
  'configuration.open_relay': {
    what: 'what listens at port 25 takes everything',
    async fails(t) {
      const port = await peer(t, answering('220 mail.example.com'))
      const outside = {
        ...{ kind: 'outside' as const, address: 'u@relay-probe.invalid', parents: [] },
        ...{ inNameOf: null, destination: 'mx:relay-probe.invalid' as never },
      }
      return worldOf(t, {
        config: `[[listeners]]\nname = "smtp"\nprotocol = "smtp"\naddress = "127.0.0.1"\nport = ${port}`,
        status: {
          listeners: [{ name: 'smtp', address: '127.0.0.1', port, connections: 0 }],
        } as never,
        answers: {
          'domain.list': [{ id: 1, name: 'ours.example', createdMs: 0 } as never],
          route: { steps: [], destinations: [outside] },
        },
      })
    },
    says: /^it sends on for strangers: 99 ways are open$/,
    isWell: runningWorld,
  },
  'configuration.alerts': {
    what: 'nobody is told',
    async fails(t) {
      const folder = await withAccounts(t, ['jane'])
      const { config } = folder.loaded
      const loaded = {
        ...folder.loaded,
        config: { ...config, alerts: { ...config.alerts, mail: false } },
      }
      return await folder.world({ loaded })
    },
    says: /^nobody is told when something is wrong$/,
    isWell: async (t) => await (await withAccounts(t, ['jane'])).world(),
  },
}

export const ACCOUNT_CAUSES: Causes = { ...LOGIN_CAUSES, ...ADDRESS_CAUSES }

async function withAccounts(t: TestContext, names: readonly string[]): Promise<DataFolder> {
  const folder = new DataFolder(t)
  await addAccounts(folder, names)
  return folder
}

async function withLogins(t: TestContext, authlog: string): Promise<World> {
  const folder = await withAccounts(t, ['jane', 'bob', 'sue'])
  addLogs(folder, { authlog })
  return await logWorld(folder)
}

/** One account, and what stands in the database was changed by this. */
async function changed(t: TestContext, sql: string): Promise<World> {
  const folder = await withAccounts(t, ['jane'])
  folder.change((store) => store.exec(sql))
  return await folder.world()
}

/** info@ leads there. */
async function withAlias(t: TestContext, target: AliasTarget): Promise<DataFolder> {
  const folder = await withAccounts(t, ['jane'])
  await folder.command(
    async (office) => await office.run('alias.add', { address: 'info@example.test', target }),
  )
  return folder
}

async function withGoodAlias(t: TestContext): Promise<World> {
  return await (await withAlias(t, { kind: 'addresses', addresses: [JANE] })).world()
}

async function withRelay(t: TestContext, rules: NewRelay['rules']): Promise<World> {
  const relay: NewRelay = {
    ...{ hosts: [{ host: 'smtp.example.net', port: 587 }], rules },
    ...{ tls: 'starttls', checkCertificate: true, insecure: false },
    ...{ user: null, password: null, mechanism: null },
  }
  const folder = new DataFolder(t)
  await folder.command(async (office) => await office.run('relay.add', { name: 'big', relay }))
  return await folder.world()
}

/** Something that greets whoever logs in, in the place of our submission. */
async function takingPasswords(t: TestContext, tls: ListenerConfig['tls']): Promise<World> {
  const serve = answering('220 other ESMTP', [
    [/^EHLO/, '250-other\n250 AUTH PLAIN'],
    [/^AUTH/, '235 welcome'],
  ])
  const port = await peer(t, serve)
  const at = { name: 'submission', address: '127.0.0.1', port }
  const folder = new DataFolder(t, { listeners: [{ ...at, protocol: 'submission', tls }] })
  const status = { listeners: [{ ...at, connections: 0 }], startedMs: 0 } as never
  return await folder.world({ status })
}
