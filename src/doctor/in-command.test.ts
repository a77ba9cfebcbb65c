import assert from 'node:assert/strict'
import { test } from 'node:test'

import { addressInCommand, nameInCommand, quoted } from './in-command.ts'

test('what others named is quoted in commands for root', () => {
  assert.equal(quoted('/srv/mail/user'), '/srv/mail/user')
  assert.equal(quoted("/srv/$(x)'s"), "'/srv/$(x)'\\''s'")
  assert.equal(quoted('a\nb'), 'NAME')
  assert.equal(quoted('-rf'), "'-rf'")
})

for (const [address, wanted] of [
  ['jane+x@example.com', 'jane+x@example.com'],
  ["o'brien@example.com", "'o'\\''brien@example.com'"],
  ['$(id)@example.com', "'$(id)@example.com'"],
  ['-x@example.com', 'ADDRESS'],
  ['jürgen@example.com', 'ADDRESS'],
  ['', 'ADDRESS'],
] as const)
  test(`an address in a command: ${address || 'none'}`, () => {
    assert.equal(addressInCommand(address), wanted)
  })

test('a name of DNS in a command', () => {
  assert.equal(nameInCommand('_25._tcp.mail.example.com'), '_25._tcp.mail.example.com')
  for (const strange of ['$(id).example.com', '-x.example.com', ''])
    assert.equal(nameInCommand(strange), 'NAME')
})
