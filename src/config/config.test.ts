import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DEFAULT_LIMITS } from '../base/limits.ts'
import { ConfigFault } from './fault.ts'
import { configFrom, loadConfig } from './load.ts'
import { annotatedDefault, settingsOf, sourceText } from './print.ts'

const read = (text: string) => configFrom({ file: '/etc/w.toml', text })

test('without a file everything is the default', () => {
  const { config } = configFrom(null)
  assert.deepEqual(config.limits, DEFAULT_LIMITS)
  assert.deepEqual(
    config.listeners.map(({ name, port, tls }) => [name, port, tls]),
    [
      ['smtp', 25, 'starttls'],
      ['submissions', 465, 'implicit'],
      ['submission', 587, 'starttls'],
      ['imap', 143, 'starttls'],
      ['imaps', 993, 'implicit'],
    ],
  )
})

/** Their defaults cannot be written into a file. */
const COMMENTED_OUT = [
  ...['host_name', 'user', 'group'],
  ...['outgoing.hello_name', 'outgoing.source_ipv4', 'outgoing.source_ipv6'],
  ...['sendmail.drop_folder', 'alerts.ping_url', 'alerts.ping_url_file', 'alerts.quiet_hours'],
  'http.port',
]

test('the annotated file reads back as the defaults, each key from its line', () => {
  const text = annotatedDefault()
  const loaded = read(text)
  assert.deepEqual(loaded.config, configFrom(null).config)
  for (const { key, source } of settingsOf(loaded)) {
    if (source.kind !== 'file') {
      assert.ok(COMMENTED_OUT.includes(key), `${key} is not in the file`)
      continue
    }
    const last = key.split('.').at(-1) ?? ''
    assert.ok(text.split('\n')[source.line - 1]?.startsWith(`${last} = `), `${key}:${source.line}`)
  }
})

test('values carry units, and are octets and milliseconds inside', () => {
  const { config } = read(`
    host_name = "mail.example.com"
    data_folder = "data"
    [limits.message]
    max_size = "10 MB"
    max_header_size = 131072
    [limits.smtp]
    greet_timeout = "1.5 min"
    command_timeout = "2h"
    [limits.connection]
    max_per_net = [1, 2, 3]
    [[tls.certificates]]
    hosts = ["mail.example.com", "*.example.org"]
    cert = "tls/a.crt"
    key = "/keys/a.key"`)
  assert.equal(config.limits.message.maxOctets, 10_000_000)
  assert.equal(config.limits.message.maxHeaderOctets, 131_072)
  assert.equal(config.limits.smtp.greetTimeoutMs, 90_000)
  assert.equal(config.limits.smtp.commandTimeoutMs, 7_200_000)
  assert.deepEqual(config.limits.connection.maxPerNet, [1, 2, 3])
  assert.equal(config.dataFolder, '/etc/data', 'a path in the file starts at its folder')
  assert.deepEqual(config.tls.certificates, [
    { hosts: ['mail.example.com', '*.example.org'], cert: '/etc/tls/a.crt', key: '/keys/a.key' },
  ])
})

test('what is wrong is said with file, line and what would be right', async (t) => {
  const cases: [text: string, sentence: RegExp][] = [
    [
      '\nhost_nam = "a.b"',
      /^\/etc\/w\.toml:2: host_nam is not a setting; did you mean host_name\?$/,
    ],
    [
      '[limits.smtp]\nsoft_error = 3',
      /^\/etc\/w\.toml:2: limits\.smtp\.soft_error is not a setting; did you mean limits\.smtp\.soft_errors\?$/,
    ],
    ['[zebra]', /^\/etc\/w\.toml:1: zebra is not a setting; known here: host_name, data_folder, /],
    [
      '[limits.smtp]\n# a comment\ngreet_timeout = "soon"',
      /^\/etc\/w\.toml:3: limits\.smtp\.greet_timeout: "soon" is not a time; write a time from 1 s to 1 d, such as "90 s", "5 min" or "12 h"$/,
    ],
    ['[limits.smtp]\ngreet_timeout = 60', /:2: .*: 60 is not a time; write/],
    [
      'limits.message.max_size = "1 GB and more"',
      /:1: limits\.message\.max_size: .* is not a size/,
    ],
    [
      'limits.message.max_size = "2 GiB"',
      /:1: .*: "2 GiB" is out of range; write a size from 64 KiB to 1 GiB/,
    ],
    ['limits.imap.max_literals = 0.5', /:1: .*: 0\.5 is not a whole number; write a whole number/],
    ['data_folder = ""', /:1: data_folder: "" is empty; write a path/],
    ['host_name = 5', /:1: host_name: 5 is not a text in quotes; write a host name/],
    [
      '[[listeners]]\nname = "a"\nprotocol = "pop3"\nport = 110',
      /:3: listeners\.protocol: "pop3" is not possible here; write "smtp", "submission" or "imap"$/,
    ],
    [
      '[[listeners]]\nname = "a"\nprotocol = "imap"\n',
      /:1: listeners\.port is missing; write a whole number from 0 to 65535$/,
    ],
    [
      '[[listeners]]\nname="a"\nprotocol="smtp"\nport=1\n[[listeners]]\nname="a"\nprotocol="smtp"\nport=2',
      /:6: two listeners are named "a"; rename one$/,
    ],
    [
      '[[listeners]]\nname="a"\nprotocol="smtp"\nport=25\n[[listeners]]\nname="b"\nprotocol="smtp"\naddress="::1"\nport=25',
      /:9: listeners "a" and "b" both have port 25; change one, or give them different addresses$/,
    ],
    [
      '[[listeners]]\nname="a"\nprotocol="smtp"\naddress="999.1.1.1"\nport=25',
      /:4: listeners\.address: "999\.1\.1\.1" is not possible here; write an IP address, or "\*"/,
    ],
    [
      '[[listeners]]\nname="a"\nprotocol="imap"\nport=1\ntls="none"',
      /:5: passwords would cross the network in the clear on listener "a"; write tls = "starttls"/,
    ],
    ['listeners = []', /listeners is empty/],
    ['listeners = 5', /:1: listeners is a list of tables: write \[\[listeners\]\] above each$/],
    ['log = true', /:1: log is a table: write \[log\] and its keys below$/],
    ['host_name = "a b"', /:1: host_name: "a b" is not possible here; write a host name such as/],
    ['\n\nhost_name = ', /^\/etc\/w\.toml:3: not valid TOML: /],
    [
      'limits.smtp.soft_errors = 30',
      /:1: limits\.smtp\.soft_errors is 30; write at most hard_errors, 20$/,
    ],
    ['__proto__ = 1', /^\/etc\/w\.toml:1: /],
  ]
  for (const [text, sentence] of cases)
    await t.test(JSON.stringify(text), () => {
      assert.throws(
        () => read(text),
        (error: unknown) => {
          assert.ok(error instanceof ConfigFault, String(error))
          assert.match(error.message, sentence)
          assert.ok(!error.message.includes('\n'), 'one line')
          return true
        },
      )
    })
})

test('an option goes before the environment, which goes before the file', () => {
  const env = { configFile: undefined, dataFolder: '/from/environment' }
  const fromOption = loadConfig({ dataFolder: '/from/option' }, env)
  assert.equal(fromOption.config.dataFolder, '/from/option')
  const fromEnvironment = loadConfig({}, env)
  assert.equal(fromEnvironment.config.dataFolder, '/from/environment')
  const shown = settingsOf(fromEnvironment).find(({ key }) => key === 'data_folder')
  assert.ok(shown !== undefined)
  assert.equal(sourceText(shown.source), 'WAYBILL_DATA')
})

test('a named file that is not there is an error', () => {
  assert.throws(
    () => loadConfig({ configFile: '/nowhere/w.toml' }),
    /cannot read .*\/nowhere\/w\.toml/,
  )
})
