/** The test suite that the authors of SPF implementations share, as far as it is here. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { parseAllDocuments } from 'yaml'

import { fakeResolver, type Zone } from '../../dns/fake.ts'
import type { MxRecord, Resolver } from '../../dns/resolver.ts'
import { checkSpf } from './evaluate.ts'

const FILE = '../shared/testdata/auth-spf/rfc7208-tests-dev.yml'
const skip = existsSync(FILE) ? false : `${FILE} is missing`

test('the shared test suite of RFC 7208', { skip }, async (context) => {
  let count = 0
  for (const document of parseAllDocuments(readFileSync(FILE, 'utf8'))) {
    const scenario = document.toJS() as Scenario
    const resolver = resolverOf(scenario.zonedata)
    for (const [name, one] of Object.entries(scenario.tests)) {
      count++
      await context.test(`${scenario.description}: ${name}`, async () => {
        const { result, explanation, problem } = await checkSpf(resolver, {
          address: one.host,
          sender: one.mailfrom ?? '',
          helo: one.helo,
          receiver: 'receiver.example',
          nowMs: 0,
        })
        const allowed = Array.isArray(one.result) ? one.result : [one.result]
        assert.ok(allowed.includes(result), `${result} (${problem}), not ${allowed.join(' or ')}`)
        // DEFAULT is what a receiver says when the domain says nothing.
        if (one.explanation !== undefined)
          assert.equal(explanation ?? 'DEFAULT', String(one.explanation))
      })
    }
  }
  assert.ok(count > 100, `only ${count} tests were found`)
})

interface Scenario {
  readonly description: string
  readonly tests: { readonly [name: string]: Vector }
  readonly zonedata: { readonly [name: string]: readonly ZoneEntry[] }
}

interface Vector {
  readonly helo: string
  readonly host: string
  readonly mailfrom?: string
  readonly result: string | readonly string[]
  readonly explanation?: string
}

type ZoneEntry = 'TIMEOUT' | { readonly [type: string]: unknown }

function resolverOf(data: Scenario['zonedata']): Resolver {
  const addresses: Record<string, string[]> = {}
  const txt: Record<string, string[]> = {}
  const mx: Record<string, MxRecord[]> = {}
  const reverse: Record<string, string[]> = {}
  const failing: string[] = []
  const cname: Record<string, string> = {}
  for (const [written, entries] of Object.entries(data)) {
    const name = written.toLowerCase()
    const all = (type: string): unknown[] =>
      entries.flatMap((entry) => (typeof entry === 'object' && type in entry ? [entry[type]] : []))
    if (entries.includes('TIMEOUT')) failing.push(name)
    addresses[name] = [...all('A'), ...all('AAAA')].map((one) => String(one).toLowerCase())
    // Records of the old type SPF are TXT records too, unless there are others.
    const texts = entries.some((entry) => typeof entry === 'object' && 'TXT' in entry)
    txt[name] = all(texts ? 'TXT' : 'SPF').flatMap((one) => (one === 'NONE' ? [] : textOf(one)))
    if (all('TXT').includes('TIMEOUT')) failing.push(`TXT ${name}`)
    mx[name] = (all('MX') as [number, string][]).map(([preference, exchange]) => {
      return { preference, exchange: exchange.toLowerCase() }
    })
    for (const one of all('CNAME')) cname[name] = String(one).toLowerCase()
    for (const one of all('PTR')) {
      const address = addressOf(name)
      reverse[address] = [...(reverse[address] ?? []), String(one).toLowerCase()]
    }
  }
  const zone: Zone = { addresses, txt, mx, reverse, failing, cname }
  const fake = fakeResolver(zone)
  return { ...fake, txt: async (name) => await fake.txt(name.toLowerCase()) }
}

function textOf(record: unknown): string {
  const strings = Array.isArray(record) ? record : [record]
  return strings.map(String).join('')
}

function addressOf(name: string): string {
  const labels = name.split('.').slice(0, -2).toReversed()
  if (labels.length === 4) return labels.join('.')
  return (labels.join('').match(/.{4}/g) ?? []).join(':')
}
