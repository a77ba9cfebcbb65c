import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import type { Status } from '../../control/commands.ts'
import type { ProgramResult } from '../outside.ts'
import { systemFiles } from '../reach/files.ts'
import { systemOutside } from '../reach/system.ts'
import { answering, peer } from '../testing/peer.ts'
import { says } from '../testing/programs.ts'
import { findingsOf, worldOf } from '../testing/world.ts'
import type { Finding } from '../types.ts'
import type { World } from '../world.ts'
import { firewall } from './firewall.ts'
import { holders } from './holders.ts'
import { listeningSockets, parseProc, parseSs } from './sockets.ts'

const SS = `LISTEN 0      4096          0.0.0.0:25        0.0.0.0:*    users:(("exim4",pid=812,fd=4))
LISTEN 0      511              [::]:993          [::]:*    users:(("systemd",pid=1,fd=40),("node",pid=77,fd=3))
LISTEN 0      128    127.0.0.53%lo:53           0.0.0.0:*
LISTEN 0      100                 *:143               *:*    users:(("dovecot",pid=900,fd=38))
`

test('sockets are read as ss and the kernel write them', () => {
  assert.deepEqual(parseSs(SS), [
    { address: '0.0.0.0', port: 25, programs: [{ name: 'exim4', processId: 812 }] },
    {
      ...{ address: '::', port: 993 },
      programs: [
        { name: 'systemd', processId: 1 },
        { name: 'node', processId: 77 },
      ],
    },
    { address: '127.0.0.53', port: 53, programs: [] },
    { address: '*', port: 143, programs: [{ name: 'dovecot', processId: 900 }] },
  ])
  const proc = `  sl  local_address rem_address   st
   0: 0100007F:0019 00000000:0000 0A 00000000:00000000
   1: 0100007F:0019 0200007F:D431 01 00000000:00000000
   2: 00000000000000000000000001000000:03E1 00000000000000000000000000000000:0000 0A
   3: 00000000000000000000000000000000:008F 00000000000000000000000000000000:0000 0A
   4: B80D01200000000000000000010000AA:024B 00000000000000000000000000000000:0000 0A\n`
  assert.deepEqual(
    parseProc(proc).map(({ address, port }) => `${address} ${port}`),
    ['127.0.0.1 25', '::1 993', ':: 143', '2001:db8:0:0:0:0:aa00:1 587'],
  )
})

test('a port that is really open here is seen by ss, and by the kernel without it', async (t) => {
  const port = await peer(t, answering('220 here'))
  const signal = AbortSignal.timeout(20_000)
  const without = await listeningSockets({ files: systemFiles, run: async () => null }, signal)
  assert.ok(without?.sockets.some((one) => one.port === port && one.address === '127.0.0.1'))
  const found = await listeningSockets(systemOutside, signal)
  assert.ok(found?.sockets.some((one) => one.port === port))
})

test('ports.holders: Exim has port 25, Dovecot 143, and how both are stopped', async (t) => {
  const config = `${table('smtp', 25)}${table('imap', 993)}`
  const world = worldOf(t, { config, run: says({ ss: SS }), status: running(77, { imap: 993 }) })
  const found = await findingsOf(holders, world)
  const of = (subject: string) => found.find((one) => one.subject === subject)
  assert.equal(of('smtp')?.verdict, 'failing')
  assert.match(of('smtp')?.summary ?? '', /port 25 is held by exim4/)
  assert.deepEqual(commandsOf(of('smtp')), ['systemctl disable --now exim4.service'])
  assert.equal(of('imap')?.verdict, 'ok')
  assert.match(of('port 143')?.summary ?? '', /dovecot serves IMAP at port 143, beside Waybill/)
})

test('ports.holders: a port that another address has is free; nobody has it while we run', async (t) => {
  const ss = 'LISTEN 0 5 127.0.0.1:25 0.0.0.0:* users:(("exim4",pid=8,fd=4))\n'
  const config = table('smtp', 25).replace('port', 'address = "192.0.2.1"\nport')
  const free = worldOf(t, { config, run: says({ ss }) })
  assert.equal((await findingsOf(holders, free))[0]?.verdict, 'ok')
  const lost = worldOf(t, { config, run: says({ ss }), status: running(77, {}) })
  assert.match((await findingsOf(holders, lost))[0]?.summary ?? '', /nobody listens at port 25/)
})

test('ports.holders: what the server says and nobody sees is not praised', async (t) => {
  const config = table('smtp', 25)
  const world = worldOf(t, { config, run: says({ ss: '' }), status: running(77, { smtp: 25 }) })
  const [finding] = await findingsOf(holders, world)
  assert.equal(finding?.verdict, 'skipped')
  assert.match(finding.summary, /says that it has port 25, and nobody is seen there/)
})

test('ports.holders: an address of IPv6, as the kernel writes it', async (t) => {
  const config = table('smtp', 25).replace('port', 'address = "2001:db8::aa00:1"\nport')
  const tcp6 = '  0: B80D01200000000000000000010000AA:0019 0 0A\n'
  const files: World['files'] = {
    ...systemFiles,
    read: (path) => Buffer.from(path.endsWith('tcp6') ? tcp6 : ''),
  }
  const status = running(77, { smtp: 25 })
  const world = worldOf(t, { config, files, run: async () => null, status })
  const [finding] = await findingsOf(holders, world)
  assert.equal(finding?.verdict, 'ok', finding?.summary)
})

test('ports.holders: whose a port is that only root can see', async (t) => {
  const run = says({ ss: 'LISTEN 0 5 0.0.0.0:25 0.0.0.0:*\n' })
  const [finding] = await findingsOf(holders, worldOf(t, { config: table('smtp', 25), run }))
  assert.match(finding?.summary ?? '', /held by another program/)
  assert.deepEqual(commandsOf(finding), ['sudo waybill doctor --only ports'])
})

test('ports.holders: port 0 is the one that the server got, and without it none', async (t) => {
  const ss = 'LISTEN 0 5 *:4711 *:* users:(("node",pid=77,fd=4))\n'
  const of = async (status: Status | null) => {
    const world = worldOf(t, { config: table('smtp', 0), run: says({ ss }), status })
    return (await findingsOf(holders, world)).map(({ subject, verdict }) => [subject, verdict])
  }
  assert.deepEqual(await of(running(77, { smtp: 4711 })), [['smtp', 'ok']])
  assert.deepEqual(await of(running(77, {})), [['smtp', 'skipped']])
  assert.deepEqual(await of(null), [['smtp', 'skipped']])
})

test('ports.holders: another program of Node is called by its script, not by its thread', async (t) => {
  const script = `const server = require('node:net').createServer()
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
  using folder = makeTempFolder()
  const path = join(folder.path, 'other-mail.js')
  writeFileSync(path, script)
  const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill())
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(String(said))
  const ss = `LISTEN 0 5 127.0.0.1:${port} 0.0.0.0:* users:(("MainThread",pid=${child.pid},fd=4))\n`
  const world = worldOf(t, { config: table('smtp', port), run: says({ ss }) })
  const [finding] = await findingsOf(holders, world)
  assert.equal(finding?.verdict, 'failing')
  assert.match(finding.summary, /is held by node \/.*\/other-mail\.js$/)
})

/** Rules, as an administrator types them, and what the listeners smtp 25, imaps 993 get. */
const RULES: readonly (readonly [
  what: string,
  setup: string,
  blocked: readonly string[],
  unsure?: readonly string[],
])[] = [
  ['no rules', 'true', []],
  ['iptables drops all', 'iptables -P INPUT DROP', ['smtp 4', 'imaps 4']],
  ['ip6tables drops all', 'ip6tables -P INPUT DROP', ['smtp 6', 'imaps 6']],
  [
    'iptables lets mail in, and IMAP only from inside',
    `iptables -P INPUT DROP; iptables -A INPUT -i lo -j ACCEPT
     iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
     iptables -A INPUT -p tcp -m multiport --dports 25,465,587 -j ACCEPT
     iptables -A INPUT -p tcp --dport 993 -s 10.0.0.0/8 -j ACCEPT`,
    ['imaps 4'],
  ],
  [
    'a chain of iptables, as ufw makes them',
    `iptables -P INPUT DROP; iptables -N user; iptables -A INPUT -j user
     iptables -A user -p tcp --dport 993 -j ACCEPT
     iptables -A user -p tcp ! --dport 993 -m comment --comment "not -j ACCEPT" -j RETURN
     iptables -A INPUT -m limit --limit 3/min -j LOG`,
    ['smtp 4'],
  ],
  [
    'what a condition means that is not understood',
    'iptables -A INPUT -p tcp --dport 25 -m string --string x --algo bm -j DROP',
    [],
    ['smtp 4'],
  ],
  [
    'nftables with sets, ranges, a map and a jump',
    `nft -f - <<'N'
table inet filter {
  set banned { type ipv4_addr; flags interval; elements = { 192.0.2.0/24 }
  }
  chain services {
    tcp dport { 25, 465, 587 } accept
    ip saddr 10.0.0.0/8 tcp dport 990-1000 accept
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iif lo accept
    ip saddr @banned drop
    meta l4proto { icmp, ipv6-icmp } accept
    jump services
  }
}
N`,
    ['imaps 4', 'imaps 6'],
  ],
  [
    'nftables that keep us from other servers',
    `nft add table ip f; nft add chain ip f out '{ type filter hook output priority 0; policy accept; }'
     nft add rule ip f out ip daddr != 10.0.0.0/8 tcp dport 25 reject`,
    ['outgoing port 25'],
  ],
]

for (const [what, setup, blocked, unsure = []] of RULES)
  test(`ports.firewall: ${what}`, async (t) => {
    const why = whyNoFirewall()
    if (why !== null) return t.skip(why)
    const config = `${table('smtp', 25)}${table('imaps', 993)}`
    const found = await findingsOf(firewall, worldOf(t, { config, run: behind(setup) }))
    const subjects = (verdict: Finding['verdict']) =>
      found
        .filter((one) => one.verdict === verdict)
        .map(({ subject }) => subject?.replace(' over IPv', ' ') ?? null)
    assert.deepEqual(subjects('failing'), blocked)
    assert.deepEqual(subjects('warning'), unsure)
    if (blocked.length + unsure.length === 0) assert.equal(found[0]?.verdict, 'ok')
  })

test('ports.firewall: how ufw and firewalld open a port', async (t) => {
  const save = '*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'
  const of = async (programs: Readonly<Record<string, string>>) => {
    const run = says({ 'iptables-save': save, ...programs })
    return (await findingsOf(firewall, worldOf(t, { config: table('smtp', 25), run })))[0]
  }
  assert.deepEqual(commandsOf(await of({ ufw: 'Status: active\n' })), ['ufw allow 25/tcp'])
  assert.deepEqual(commandsOf(await of({ 'firewall-cmd': 'public (active)\n' })), [
    'firewall-cmd --permanent --add-port=25/tcp',
    'firewall-cmd --reload',
  ])
  assert.match(commandsOf(await of({}))[0] ?? '', /^iptables -I INPUT -p tcp --dport 25/)
})

test('ports.firewall: what only root may see is skipped, and says so', async (t) => {
  const run: World['run'] = async ([program]) =>
    program === 'nft'
      ? { status: 1, out: '', errors: 'Operation not permitted (you must be root)\n' }
      : null
  const [finding] = await findingsOf(firewall, worldOf(t, { run }))
  assert.equal(finding?.verdict, 'skipped')
  assert.match(finding.summary, /nft: Operation not permitted/)
  assert.deepEqual(commandsOf(finding), ['sudo waybill doctor --only ports'])
  const [none] = await findingsOf(firewall, worldOf(t, { run: async () => null }))
  assert.match(none?.summary ?? '', /no program that shows firewall rules/)
})

test('ports.firewall: what was read in part is not praised', async (t) => {
  const open = '*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'
  const of = async (
    programs: Readonly<Record<string, string>>,
    nft: ProgramResult | null = null,
  ) => {
    const others = says(programs)
    const run: World['run'] = async (command, signal) =>
      command[0] === 'nft' ? nft : await others(command, signal)
    const found = await findingsOf(firewall, worldOf(t, { config: table('smtp', 25), run }))
    return found.map(({ verdict, summary, subject }) => `${verdict} ${subject} ${summary}`).join()
  }
  const both = { 'iptables-save': open, 'ip6tables-save': open }
  assert.match(await of(both), /^ok /)
  const failed = { status: 1, out: '', errors: 'netlink: Error: cache initialization failed' }
  assert.match(await of(both, failed), /^skipped .* nftables cannot be read \(nft: netlink/)
  assert.match(await of({ ...both, 'firewall-cmd': 'public\n' }), /^skipped .* firewalld keeps/)
  assert.match(await of({ 'iptables-save': open }), /^skipped smtp over IPv6 the rules for IPv6/)
})

test('rules without end are followed to an end', async (t) => {
  const loop = '-A INPUT -j a\n-A a -j b\n-A a -j b\n-A b -j a\n-A b -j a\n'
  const save = `*filter\n:INPUT ACCEPT [0:0]\n:a - [0:0]\n:b - [0:0]\n${loop}COMMIT\n`
  const run = says({ 'iptables-save': save, 'ip6tables-save': '' })
  const [finding] = await findingsOf(firewall, worldOf(t, { config: table('smtp', 25), run }))
  assert.equal(finding?.verdict, 'ok')
})

/** Each program is asked in a network of its own, which has the rules. */
function behind(setup: string): World['run'] {
  return async (command, signal) => {
    if (!FIREWALLS.has(command[0] ?? '')) return null
    const script = `{ ${setup}\n} >/dev/null && exec "$@"`
    return await systemOutside.run(['unshare', '-n', 'sh', '-c', script, 'sh', ...command], signal)
  }
}

function whyNoFirewall(): string | null {
  const tried = spawnSync('unshare', [
    '-n',
    'sh',
    '-c',
    'nft list ruleset && iptables -L && ip6tables -L',
  ])
  if (tried.status === 0) return null
  return 'needs root, network namespaces, nftables and iptables (Debian: nftables, iptables)'
}

function running(processId: number, open: Readonly<Record<string, number>>): Status {
  const listeners = Object.entries(open).map(([name, port]) => ({
    ...{ name, address: '::', port, connections: 0 },
  }))
  return { processId, listeners } as unknown as Status
}

function table(name: string, port: number): string {
  const protocol = name === 'smtp' ? 'smtp' : 'imap'
  return `[[listeners]]\nname = "${name}"\nprotocol = "${protocol}"\nport = ${port}\n`
}

function commandsOf(finding: Finding | undefined): string[] {
  return (finding?.remedy ?? []).flatMap(({ command }) => command ?? [])
}

const FIREWALLS: ReadonlySet<string> = new Set(['nft', 'iptables-save', 'ip6tables-save'])
