import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { systemClock } from '../base/clock.ts'
import { keepSelfSigned } from '../tls/self-signed.ts'
import { VERSION } from '../version.ts'
import { commandLine } from './testing/command-line.ts'

test('the version is that of package.json', async (t) => {
  const { run } = commandLine(t)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  assert.equal(VERSION, version)
  assert.equal((await run('version')).out, `waybill ${version}\n`)
})

test('help is an option and a word; a word that log does not know is named', async (t) => {
  const { run } = commandLine(t)
  const [word, option] = [await run('help'), await run('--help')]
  assert.equal(word.out, option.out)
  assert.equal(word.code, 0)
  assert.match((await run('help log')).out, /^Usage: waybill log /)
  assert.match((await run('help alias add')).out, /^Usage: waybill alias add /)
  assert.match(
    (await run('log foo')).errors,
    /log has no command "foo"; it has list, search, trace, explain, stats, tail and index$/m,
  )
  assert.match((await run('log 1tFxyz-0000000003K-1abc')).errors, /: waybill log trace 1tFxyz-/)
})

test('config check finds what this machine does not have', async (t) => {
  const { folder, run } = commandLine(t)
  const file = join(folder, 'w.toml')
  const check = async (text: string) => {
    writeFileSync(file, text)
    return await run(`config check --config ${file}`)
  }
  const pair = '[[tls.certificates]]\ncert = "no.crt"\nkey = "no.key"\n'
  const wrong = await check(`user = "no-such-user"\n${pair}`)
  assert.equal(wrong.code, 1)
  assert.match(
    wrong.out,
    /^this machine has no user no-such-user; .*\ncannot read \S+no\.crt: it does not exist\n$/,
  )
  assert.match((await check('group = "root"\n')).out, /^group = "root" does nothing without user/)
  const good = await check('user = "root"\n')
  assert.deepEqual([good.out, good.code], [`${file} is good.\n`, 0])
})

test('config check looks into certificates and into files of secrets', async (t) => {
  const { folder, run } = commandLine(t)
  const file = join(folder, 'w.toml')
  const longAgo = { ...systemClock, nowMs: () => Date.UTC(2001, 0, 2) }
  keepSelfSigned(folder, ['mail.example.net'], longAgo)
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(
    file,
    `[[tls.certificates]]
cert = "self-signed.crt"
key = "self-signed.key"
[[alerts.webhooks]]
name = "one"
url_file = "empty"
secret_file = "no-secret"
token_file = "no-token"
`,
  )
  const { out, code } = await run(`config check --config ${file}`)
  assert.equal(code, 1)
  assert.match(
    out,
    /^\S+self-signed\.crt expired on 2011-01-01: renew it.*\n\S+empty is not one line with a secret\ncannot read \S+no-secret: .*\ncannot read \S+no-token: .*\n$/,
  )
})

test('only the first domain makes the data folder; nothing else does for a typo', async (t) => {
  const { folder, run } = commandLine(t)
  for (const line of ['domain list', 'account list', 'alias list', 'route a@b.example'])
    assert.match(
      (await run(line)).errors,
      /there is no Waybill data in \S+\/data: begin with /,
      line,
    )
  assert.deepEqual(readdirSync(folder), [])
  assert.equal((await run('domain add x.example')).code, 0)
  assert.equal((await run('domain remove x.example')).code, 0)
  assert.match((await run('domain list')).out, /^No domain yet/)
})

test('a data folder that is a file is a sentence for every command', async (t) => {
  const { folder, run } = commandLine(t)
  writeFileSync(join(folder, 'data'), '')
  for (const line of ['domain list', 'domain add x.example', 'who', 'check', 'log']) {
    const { code, errors } = await run(line)
    assert.equal(code, 2, line)
    assert.match(errors, /^waybill: [^\n]*\n$/, line)
    assert.doesNotMatch(errors, /ENOTDIR|syscall|bug/, line)
  }
})

test('an alias that leads nowhere is made, with a warning', async (t) => {
  const { run } = commandLine(t)
  await run('domain add x.example')
  await run('account add jane@x.example --password-stdin', 'correct horse\n')
  const warnings: [line: string, warning: RegExp | ''][] = [
    [
      'add a@x.example b@x.example',
      /nobody has the address b@x\.example: mail for a@x\.example is/,
    ],
    ['add b@x.example a@x.example', /circle: b@x\.example → a@x\.example → b@x\.example\n$/],
    ['set b@x.example jane@else.example', ''],
    ['set b@x.example jane@x.example', ''],
    ['add jane@x.example :blackhole:', /the account jane@x\.example gets no more mail/],
    ['set jane@x.example jane@x.example', ''],
    ["add '*@x.example' jane@x.example", ''],
  ]
  for (const [line, warning] of warnings) {
    const { code, errors } = await run(`alias ${line}`)
    assert.equal(code, 0)
    if (warning === '') assert.equal(errors, '', line)
    else assert.match(errors, warning, line)
  }
  const { out, errors } = await run('alias set b@x.example a@x.example --json')
  assert.match(JSON.parse(out).warnings[0], /circle/)
  assert.equal(errors, '')
})

test('a catch-all that leads nowhere is made, with a warning', async (t) => {
  const { run } = commandLine(t)
  await run('domain add x.example')
  await run('account add jane@x.example --password-stdin', 'correct horse\n')
  for (const verb of ['made', 'changed']) {
    const { code, errors } = await run('domain set X.example --catch-all b@x.example')
    assert.equal(code, 0)
    assert.match(errors, /nobody has the address b@x\.example: mail for \*@x\.example is/, verb)
  }
  const { out, errors } = await run('domain set x.example --catch-all b@x.example --json')
  assert.match(JSON.parse(out).warnings[0], /nobody has the address b@x\.example/)
  assert.equal(errors, '')
  for (const target of ['jane@x.example', 'jane@else.example', 'none'])
    assert.equal((await run(`domain set x.example --catch-all ${target}`)).errors, '', target)
})

test('a domain, an account and an alias are added, listed, changed and removed', async (t) => {
  const { run } = commandLine(t)
  const steps: [line: string, input: string, out: RegExp][] = [
    ['domain add Bücher.example', '', /^Added xn--bcher-kva\.example\. .*\n$/],
    ['account list', '', /^No account yet/],
    ['account add jane@bücher.example --quota 5MB', 'correct horse\n', /^Added jane@/],
    ['account list', '', /jane@xn--bcher-kva\.example \(jane@bücher\.example\) +0 +0 B +4\.8 MiB/],
    ['account set jane@bücher.example --quota none --disable', '', /^Changed jane@/],
    ['account show jane@bücher.example', '', /Quota +none\nLog-in +disabled\n/],
    ['account set jane@bücher.example --copy-to-sent', '', /^Changed jane@/],
    ['account show jane@bücher.example', '', /Sent mail +filed by the server\n/],
    ['account set jane@bücher.example --enable --generate', '', /Its password is \S{24}\n/],
    ['alias add sales@bücher.example jane@bücher.example', '', /^Added sales@\S+ → jane@\S+\.\n$/],
    ["alias set sales@bücher.example ':fail: gone away'", '', /→ :fail: gone away\./],
    ['alias set sales@bücher.example :blackhole:', '', /→ :blackhole:\./],
    ['alias list', '', /sales@xn--bcher-kva\.example \(sales@bücher\.example\) +:blackhole:/],
    ['alias show Sales@Bücher.example', '', /^:blackhole:\n$/],
    ['domain set bücher.example --catch-all jane@bücher.example', '', /^jane@bücher\.example gets/],
    [
      'domain set bücher.example --catch-all sales@bücher.example',
      '',
      /^sales@bücher\.example gets/,
    ],
    ["alias show '*@bücher.example'", '', /^sales@xn--bcher-kva\.example\n$/],
    [
      'domain set bücher.example --catch-all none',
      '',
      /refuses mail for addresses that nobody has/,
    ],
    ['domain set bücher.example --catch-all none --json', '', /"catchAll": null/],
    ['config default --json', '', /^\{\n {2}"text": "# Configuration of Waybill\./],
    [
      'domain show bücher.example',
      '',
      /: 1 account, 1 alias\n +jane@xn--bcher-kva\.example \(jane@bücher\.example\)\n/,
    ],
    ['alias remove sales@bücher.example', '', /^Removed/],
    ['account remove jane@bücher.example --yes', '', /^Removed/],
    ['domain remove bücher.example', '', /^Removed/],
    ['domain list --json', '', /^\[\]\n$/],
  ]
  for (const [line, input, out] of steps) {
    const ran = await run(line, input)
    assert.equal(ran.errors, '', line)
    assert.equal(ran.code, 0, line)
    assert.match(ran.out, out, line)
  }
})

test('what cannot be done is one sentence, exit 2, and changes nothing', async (t) => {
  const { run, folder } = commandLine(t)
  await run('domain add example.com')
  const bad = join(folder, 'bad.toml')
  writeFileSync(bad, '\nhost_nam = "x"\n')
  const cases: [line: string, input: string, errors: RegExp][] = [
    ['acount list', '', /^waybill: there is no command "acount"; did you mean account\?\n$/],
    ['account list --jason', '', /^waybill: unknown option '--jason' \(Did you mean --json\?\)\n$/],
    ['account add', '', /^waybill: missing required argument 'address'\n$/],
    ['domain add nodots', '', /^waybill: "nodots" is not a domain name like example\.com\n$/],
    ['domain add example.com', '', /^waybill: .*example\.com.*\n$/],
    ['account add jane@other.example', 'correct horse\n', /no domain other\.example; add it/],
    ['account add jane@example.com', 'short\n', /^waybill: a password has 8 to 128 octets/],
    ['account add jane@example.com', '', /^waybill: no password came on standard input/],
    ['account add jane@example.com --quota lots', 'x', /write a size such as "5 GB", or "none"/],
    ['account set jane@example.com', '', /^waybill: say what to change: --password/],
    ['account show jane@example.com', '', /^waybill: no account jane@example\.com\n$/],
    ['account remove jane@example.com', '', /^waybill: This deletes all mail of .* Say --yes/],
    [
      'alias add a@example.com :pipe:',
      '',
      /":pipe:" is no target; write addresses, or ":fail: why"/,
    ],
    ['alias show sales', '', /^waybill: "sales" is not an address\n$/],
    [
      'domain set example.com',
      '',
      /^waybill: required option '--catch-all <address>' not specified/,
    ],
    ['domain set other.example --catch-all a@example.com', '', /other\.example/],
    ['domain show other.example', '', /other\.example/],
    ['who', '', /^waybill: no server runs on /],
    ['queue show \x1b[31m\u202e', '', /^waybill: "\\033\[31m\\342\\200\\256" is no id of a/],
    ['queue list --size \x1b[2J', '', /argument '\\033\[2J' is not possible here/],
    [
      `config check --config ${bad}`,
      '',
      /bad\.toml:2: host_nam is not a setting; did you mean host_name\?\n$/,
    ],
  ]
  for (const [line, input, errors] of cases) {
    const ran = await run(line, input)
    assert.match(ran.errors, errors, line)
    assert.equal(ran.errors.split('\n').length, 2, `${line}: one line`)
    assert.equal(ran.code, 2, line)
    assert.equal(ran.out, '', line)
  }
  assert.deepEqual(JSON.parse((await run('account list --json')).out), [])
})

test('route says where an address goes, and exits with 1 when it is refused', async (t) => {
  const { run } = commandLine(t)
  await run('domain add example.com')
  await run('account add jane@example.com', 'correct horse\n')
  await run("alias add '*@example.com' jane@example.com")
  const ran = await run('route x@example.com')
  assert.equal(ran.code, 0)
  assert.match(ran.out, /x@example\.com +catch-all/)
  const outside = await run('route x@elsewhere.example')
  assert.equal(outside.code, 0)
  assert.match(outside.out, /x@elsewhere\.example +mx +sent to the mail server of elsewhere\.ex/)
  const refused = await run('route nobody@x@example.com --json')
  assert.equal(refused.code, 1)
  assert.equal(JSON.parse(refused.out).destinations[0].kind, 'refused')
})

test('check finds nothing in a new store, and says so', async (t) => {
  const { run } = commandLine(t)
  assert.match((await run('check')).errors, /^waybill: .* has no mail\.db: nothing to check\n$/)
  await run('domain add example.com')
  await run('account add jane@example.com', 'correct horse\n')
  const ran = await run('check --deep')
  assert.equal(
    ran.out,
    'no problem: 1 account, 6 mailboxes, 0 messages in 0 blobs, every octet read; ' +
      'the log has what became of 0 messages\n',
  )
  assert.equal(ran.code, 0)
})

test('config show names where each value comes from', async (t) => {
  const { run, folder } = commandLine(t)
  const file = join(folder, 'waybill.toml')
  writeFileSync(file, '[limits.smtp]\nsoft_errors = 7\n')
  const { out } = await run(`config show --config ${file}`)
  assert.match(out, /^limits\.smtp\.soft_errors +7 +\S+waybill\.toml:2$/m)
  assert.match(out, /^limits\.smtp\.hard_errors +20 +default$/m)
  assert.match(out, /^data_folder +\S+ +--data$/m)
})

test('help lists every command in its group, once', async (t) => {
  const { run } = commandLine(t)
  const { out, code } = await run('--help')
  assert.equal(code, 0)
  for (const name of ['dev', 'serve', 'config', 'account', 'route', 'check', 'log', 'version'])
    assert.equal(out.match(new RegExp(`^  ${name} `, 'gm'))?.length, 1, name)
  assert.match(out, /^Run:\n.*^Set up:\n.*^Ask:\n/ms)
})

test('the help of every command names the options that all have', async (t) => {
  const { run } = commandLine(t)
  for (const line of ['serve --help', 'account add --help', 'log tail --help'])
    for (const option of ['--config <file>', '--data <folder>', '--json'])
      assert.ok((await run(line)).out.includes(option), `${line} ${option}`)
})

test('a bad value of an option is one sentence that says what would be right', async (t) => {
  const { errors, code } = await commandLine(t).run('log -n x')
  assert.match(errors, /'x' is not possible here; it must be a whole number from 1 to 1000000\.$/m)
  assert.equal(code, 2)
})
