import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { commandLine } from '../testing/command-line.ts'
import { type RelayScript, scriptedRelay } from '../testing/scripted-relay.ts'

const SECRET = 'correct horse battery'

test('a relay is added, shown, changed and removed, and its password never printed', async (t) => {
  const { run, folder } = commandLine(t)
  const steps: [line: string, input: string, out: RegExp][] = [
    ['relay list', '', /^$/],
    ['domain add here.example', '', /^Added/],
    ['relay list', '', /^No relay: mail goes to the servers of its recipients’ domains/],
    [
      'relay add Provider --host smtp.example.net --user jane --password-stdin --all',
      `${SECRET}\n`,
      /^Added the relay provider\. Try it: waybill relay test provider\n$/,
    ],
    ['relay list', '', /^provider +smtp\.example\.net:587 +starttls +jane +all other mail/m],
    ['relay show provider', '', /^Certificate +is checked$/m],
    [
      'route x@else.example',
      '',
      /x@else\.example +relay +sent by the relay provider, which is for/,
    ],
    ['relay set provider --host a.example:465 --host b.example --no-check', '', /^Changed/],
    ['relay show provider', '', /a\.example:465\nthen +b\.example:465\nTLS +from the start/],
    ['relay set provider --host c.example', '', /^Changed/],
    ['relay show provider', '', /c\.example:465\nTLS +from the start/],
    ['relay set provider --host c.example:587', '', /^Changed/],
    ['relay show provider', '', /c\.example:587\nTLS +by STARTTLS, always/],
    ['relay set provider --for-sender Bücher.example --mechanism LOGIN', '', /^Changed/],
    ['relay show provider', '', /^Is for +mail from xn--bcher-kva\.example$/m],
    ['route x@else.example', '', / mx /],
    ['route x@else.example --sender me@bücher.example', '', / relay /],
    ['relay show provider --json', '', /"mechanism": "LOGIN"/],
    ['relay set provider --no-login', '', /^Changed/],
    ['relay show provider', '', /^User +none: /m],
    ['relay remove provider --yes', '', /^Removed provider/],
    ['relay list --json', '', /^\[\]\n$/],
  ]
  for (const [line, input, expected] of steps) {
    const { out, errors } = await run(line, input)
    assert.match(out, expected, line)
    assert.ok(!`${out}${errors}`.includes(SECRET), line)
  }
  const database = readFileSync(join(folder, 'data', 'mail.db'), 'latin1')
  assert.ok(!database.includes(SECRET), 'sealed in the database too')
})

test('what cannot be is said in a sentence, and the relay stays as it was', async (t) => {
  const { run } = commandLine(t)
  await run('relay add one --host h.example --all')
  const cases: [line: string, input: string, error: RegExp][] = [
    ['relay add one --host h.example', '', /the relay one is there already/],
    ['relay add two', '', /say where the relay is: --host NAME/],
    [
      'relay add two --host h.example --all',
      '',
      /the relay one is already the one for all other mail/,
    ],
    ['relay add two --host h.example --user u', '', /no password came on standard input/],
    ['relay add two --host h.example --tls none', '', /could read the mail.*--insecure/],
    ['relay add two --host h:99999', '', /"99999" is no port/],
    ['relay add two --host h:x', '', /write HOST, HOST:PORT/],
    ['relay add two --host -x.example', '', /"-x\.example" is neither a host name/],
    ['relay add /etc --host h.example', '', /"\/etc" is no name for a relay/],
    ['relay add two --host h --for-sender @', '', /"@" is not a domain name/],
    ['relay set two --all', '', /no relay two/],
    ['relay set one', '', /say what to change/],
    ['relay set one --user u --password-stdin', '\n', /no password came/],
    ['relay set one --tls none', '', /--insecure/],
    ['relay remove one', '', /--yes/],
    ['relay remove two --yes', '', /no relay two/],
    ['relay test two', '', /no relay two/],
    ['relay test one --from a@here.example', '', /say with --to where to send it/],
    ['relay test one --to nobody', '', /"nobody" is not an address/],
  ]
  const before = await run('relay list --json')
  for (const [line, input, error] of cases) {
    const { code, errors } = await run(line, input)
    assert.equal(code, 2, line)
    assert.match(errors, error, line)
    assert.equal(errors.trimEnd().split('\n').length, 1, line)
  }
  assert.equal((await run('relay list --json')).out, before.out)
  const near = await run('relay add near --host 127.0.0.1:2525 --tls none')
  assert.equal(near.code, 0)
  assert.match(near.errors, /^waybill: warning: no mail goes by it yet: say --all/)
})

test('a relay is imported from a file, and replaced only when that is said', async (t) => {
  const { run, folder } = commandLine(t)
  const file = join(folder, 'provider.conf')
  writeFileSync(file, `host: smtp.example.net\nport: 587\nuser: jane\npass: ${SECRET}\n`)
  assert.match((await run(`relay import ${file} --all`)).out, /^Imported the relay provider\.\n$/)
  assert.match((await run(`relay import ${file}`)).errors, /provider is there already/)
  const again = await run('relay import - --name provider --replace', 'host: other.example\n')
  assert.equal(again.code, 0)
  const [relay] = JSON.parse((await run('relay list --json')).out)
  assert.deepEqual(relay.hosts, [{ host: 'other.example', port: 587 }])
  assert.deepEqual(relay.rules, [{ kind: 'all' }], 'it is for the same mail')
  assert.equal(relay.user, null)
  writeFileSync(file, 'host: smtp.example.net\nprot: 587\n')
  assert.match(
    (await run(`relay import ${file}`)).errors,
    /provider\.conf, line 2: "prot" is no key/,
  )
  assert.match((await run('relay import nowhere.conf')).errors, /nowhere\.conf cannot be read/)
})

test('relay test says how far it comes, and what to do', async (t) => {
  const { run } = commandLine(t)
  interface Case {
    readonly name: string
    readonly script?: RelayScript
    /** Options of `relay add` besides the host. */
    readonly options: string
    readonly code: 0 | 1
    readonly says: readonly RegExp[]
  }
  const cases: Case[] = [
    {
      name: 'good',
      options: '--user jane --password-stdin --no-check',
      code: 0,
      says: [/^Login +as jane by PLAIN$/m, /ready for mail/, /certificate for relay\.example/],
    },
    {
      name: 'implicit',
      script: { tls: 'implicit' },
      options: '--user jane --password-stdin --no-check --tls implicit',
      code: 0,
      says: [/^TLS +TLS1\.3, /m, /Mail can go by the relay implicit\.$/m],
    },
    {
      name: 'password',
      script: { login: '535 5.7.8 no' },
      options: '--user jane --password-stdin --no-check',
      code: 1,
      says: [
        /535 5\.7\.8 no/,
        /refuses the user jane with this password/,
        /relay set password --p/,
      ],
    },
    {
      name: 'untrusted',
      options: '--user jane --password-stdin',
      code: 1,
      says: [/the certificate of 127\.0\.0\.1 is self-signed/, /was not sent/, /--no-check/],
    },
    {
      name: 'clear',
      script: { tls: 'none' },
      options: '--user jane --password-stdin',
      code: 1,
      says: [/offers no TLS on port/, /--tls implicit/],
    },
    {
      name: 'early',
      script: { tls: 'starttls' },
      options: '--tls implicit',
      code: 1,
      says: [/does not begin with TLS on port/, /relay set early --tls starttls/],
    },
    {
      name: 'plain',
      script: { tls: 'none' },
      options: '--user jane --password-stdin --tls none',
      code: 1,
      says: [
        /there is no way to log in/,
        /in the clear/,
        /relay set plain --tls s(?!.*--mechanism)/s,
      ],
    },
    {
      name: 'fixed',
      options: '--user jane --password-stdin --no-check --mechanism XOAUTH2',
      code: 1,
      says: [/there is no way to log in/, /relay set fixed --mechanism auto$/m],
    },
    {
      name: 'down',
      script: { isDown: true },
      options: '--no-check',
      code: 1,
      says: [/does not talk to us on port/, /relay set down --tls implicit/, /No mail can go by/],
    },
  ]
  for (const { name, script, options, code, says } of cases)
    await t.test(name, async () => {
      await using relay = await scriptedRelay(script)
      await run(`relay add ${name} --host 127.0.0.1:${relay.port} ${options}`, `${SECRET}\n`)
      const tested = await run(`relay test ${name}`)
      for (const words of says) assert.match(tested.out, words)
      assert.equal(tested.code, code, tested.out)
      assert.ok(!tested.out.includes(SECRET))
      const { tries } = JSON.parse((await run(`relay test ${name} --json`)).out)
      assert.equal(tries[0].failure === null, code === 0)
    })
  await t.test('nothing listens', async () => {
    const { port } = await scriptedRelay().then(async (relay) => {
      await relay[Symbol.asyncDispose]()
      return relay
    })
    await run(`relay add down --host 127.0.0.1:${port} --host localhost:${port}`)
    const { out, code } = await run('relay test down')
    assert.equal(code, 1)
    assert.match(out, /nothing listens on port \d+ of 127\.0\.0\.1/)
    assert.match(out, /No mail can go by the relay down\.\n$/)
  })
  await t.test('a message that is refused says nothing of others', async () => {
    const refusals: readonly [name: string, answers: Record<string, string>, says: RegExp][] = [
      ['mail', { MAIL: '553 5.7.1 Sender address rejected: not owned by user' }, /--from ADDRESS/],
      ['rcpt', { RCPT: '550 5.1.1 <bob@else.example>: User unknown' }, /^Why +/m],
    ]
    for (const [name, answers, says] of refusals) {
      await using relay = await scriptedRelay({ answers })
      await run(`relay add ${name} --host 127.0.0.1:${relay.port} --no-check`)
      const { out, code } = await run(`relay test ${name} --to bob@else.example`)
      assert.equal(code, 1)
      assert.match(out, says)
      assert.match(out, /lets us in, and refused the test message, which is not tried again\.\n$/)
      assert.doesNotMatch(out, /waybill relay test \S+` connects|stays in the queue/)
    }
  })
  await t.test('with a message', async () => {
    await using relay = await scriptedRelay()
    await run(`relay add send --host 127.0.0.1:${relay.port} --no-check`)
    const { out, code } = await run('relay test send --to bob@else.example --from me@here.example')
    assert.equal(code, 0, out)
    assert.match(out, /took it: 250 2\.0\.0 Ok: queued as 1/)
    assert.ok(relay.lines.some((line) => line.startsWith('MAIL FROM:<me@here.example>')))
    assert.ok(relay.lines.includes('RCPT TO:<bob@else.example>'))
    assert.ok(relay.lines.includes('Subject: A test of this mail server'))
  })
})
