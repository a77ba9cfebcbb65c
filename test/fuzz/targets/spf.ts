import assert from 'node:assert/strict'

import { latin1 } from '../../../src/base/octets.ts'
import type { Answer } from '../../../src/dns/resolver.ts'
import { checkSpf } from '../../../src/trust/spf/evaluate.ts'
import { SPF_LIMITS, type SpfResolver } from '../../../src/trust/spf/types.ts'
import type { FuzzTarget } from '../target.ts'

const RESULTS = new Set(['none', 'neutral', 'pass', 'fail', 'softfail', 'permerror'])
const MAX_ASKED = 300

export const target: FuzzTarget = {
  name: 'spf',
  maxOctets: 16_384,
  seeds: [
    'v=spf1 a mx/24//64 ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_spf.example.net -all',
    'v=spf1 exists:%{ir}.%{v}._spf.%{d2} ptr:example.com ?all exp=%{l1r+-}.%{o}',
    'v=spf1 redirect=%{d} unknown=%%%_%-%{S} exp=x.%{d}',
    'v=spf1 a:%{s1/=}.example ip4:1.2.3.4.5 mx:x.123 -all:',
  ],
  dictionary: [
    ...['v=spf1 ', ' a', ' mx', ' ptr', ' all', ' -all', ' include:', ' exists:', ' redirect='],
    ...[' exp=', ' ip4:', ' ip6:', '%{', '%{d}', '%{p}', '%{ir}', '}', '%%', '/24', '//64', '.com'],
    ...['+', '-', '~', '?', ':', '=', '/', 'r', '0', '999'],
  ],
  async run(octets) {
    const record = latin1(octets)
    let asked = 0
    const answer = <T>(records: readonly T[], canonicalName: string): Answer<T> => {
      asked++
      return { records, exists: true, authentic: false, canonicalName }
    }
    // Every name has the record, so that it includes itself wherever it can.
    const resolver: SpfResolver = {
      txt: async (name) => answer([record], name).records,
      mx: async (name) => answer([{ preference: 1, exchange: 'mx.example' }], name).records,
      reverse: async (address) => answer(['a.example', 'b.example'], address).records,
      addressAnswer: async (name) => answer(name.length % 2 === 0 ? ['192.0.2.1'] : [], name),
    }
    for (const address of ['192.0.2.7', '2001:db8::7']) {
      const query = {
        address,
        sender: 'a.b-c@d.example',
        helo: 'h.example',
        receiver: 'r',
        nowMs: 0,
      }
      const { result, lookups, voidLookups } = await checkSpf(resolver, query)
      assert.ok(RESULTS.has(result), result)
      assert.ok(lookups <= SPF_LIMITS.lookups + 1, `${lookups} lookups`)
      assert.ok(voidLookups <= SPF_LIMITS.voidLookups + 1, `${voidLookups} void lookups`)
    }
    assert.ok(asked < MAX_ASKED, `${asked} questions`)
  },
}
