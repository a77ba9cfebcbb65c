import assert from 'node:assert/strict'
import { test } from 'node:test'

import { configFrom } from './load.ts'
import { settingsOf } from './print.ts'

const load = (text: string) => configFrom({ file: '/etc/waybill/waybill.toml', text }).config.alerts

function hook(url: string, more = ''): string {
  return `[[alerts.webhooks]]\nname = "chat"\nurl = "${url}"\n${more}`
}

test('URLs of webhooks are https, or http to what is near', () => {
  const good = [
    'https://hooks.example/x',
    'http://localhost:8080/x',
    'http://127.0.0.1/x',
    'http://[::1]:80/x',
    'http://192.168.1.2/x',
    'http://[fd00::1]/x',
  ]
  for (const url of good) assert.equal(load(hook(url)).webhooks[0]?.url, url)
  const bad = [
    'http://hooks.example/x',
    'http://192.0.2.1/',
    'http://127.0.0.1.evil.example/',
    'ftp://127.0.0.1/',
    'https://jane:secret@hooks.example/',
    'hooks.example/x',
  ]
  for (const url of bad) assert.throws(() => load(hook(url)), /https:\/\//, url)
})

test('what is shown of a URL does not let others write there; names are unique', () => {
  const text = `[alerts]\nping_url = "https://ping.example/SECRET"\n${hook('https://hooks.example/T/SECRET?x')}\n`
  const shown = settingsOf(configFrom({ file: '/etc/waybill/waybill.toml', text }))
  const of = (key: string) => shown.find((one) => one.key === key)?.value
  assert.equal(of('alerts.webhooks[0].url'), '"https://hooks.example/…"')
  assert.equal(of('alerts.ping_url'), '"https://ping.example/…"')
  assert.ok(!JSON.stringify(shown).includes('SECRET'))
  const twice = `${hook('https://a.example/')}\n${hook('https://b.example/')}`
  assert.throws(() => load(twice), /waybill\.toml:6: two webhooks are named "chat"/)
})

test('of a command the arguments are not shown; a bad URL is refused without showing it', () => {
  const text = '[alerts]\ncommand = ["/usr/bin/page", "--token", "SECRET"]'
  const shown = settingsOf(configFrom({ file: '/etc/waybill/waybill.toml', text }))
  const command = shown.find(({ key }) => key === 'alerts.command')
  assert.equal(command?.value, '["/usr/bin/page", "…", "…"]')
  for (const url of ['http://hooks.example/SECRET', 'https://jane:SECRET@hooks.example/'])
    for (const bad of [hook(url), `[alerts]\nping_url = "${url}"`])
      assert.throws(
        () => load(bad),
        ({ message }: Error) => /"…" is not possible here/.test(message) && !/SECRET/.test(message),
      )
})

test('a webhook has one URL, itself or in a file', () => {
  const inFile = '[[alerts.webhooks]]\nname = "chat"\nurl_file = "chat.url"'
  const [webhook] = load(inFile).webhooks
  assert.deepEqual([webhook?.url, webhook?.urlFile], [null, '/etc/waybill/chat.url'])
  assert.throws(() => load(`${inFile}\nurl = "https://a.example/"`), /"chat" has two URLs/)
  assert.throws(
    () => load('[[alerts.webhooks]]\nname = "chat"'),
    /toml:2: .*"chat" has no URL; write/,
  )
  const ping = '[alerts]\nping_url_file = "ping.url"'
  assert.equal(load(ping).pingUrlFile, '/etc/waybill/ping.url')
  assert.throws(() => load(`${ping}\nping_url = "https://a.example/"`), /two URLs to ping/)
})

test('files of secrets start at the folder of the configuration', () => {
  const [webhook] = load(hook('https://hooks.example/x', 'secret_file = "alerts.secret"')).webhooks
  assert.equal(webhook?.secretFile, '/etc/waybill/alerts.secret')
  assert.equal(webhook?.tokenFile, null)
})

test('times of day are checked; the day has 24 hours', () => {
  assert.equal(load('[alerts]\nquiet_hours = "22:00-07:00"').quietHours, '22:00-07:00')
  for (const hours of ['22-7', '24:00-07:00', '22:00', '22:00-07:60'])
    assert.throws(() => load(`[alerts]\nquiet_hours = "${hours}"`), /two times of day/)
  assert.equal(load('[alerts]\ndaily_at = "never"').dailyAt, 'never')
  assert.throws(() => load('[alerts]\ndaily_at = "7"'), /a time of day/)
  assert.throws(() => load('[alerts]\nmail_to = ["jane"]'), /an address/)
})

test('the limits are those of the documentation', () => {
  assert.deepEqual(load('').limits, {
    ...{ queueMessages: 50, queueAgeMs: 4 * 3_600_000, diskPercent: 80, inodesPercent: 80 },
    ...{ memoryOctets: 2 ** 31, failedLogins: 10, nothingDeliveredMs: 3_600_000 },
    ...{ certificateDays: 14, backupAgeMs: 2 * 86_400_000 },
  })
})
