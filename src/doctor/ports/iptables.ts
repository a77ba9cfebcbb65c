/** The filter table as `iptables-save` and `ip6tables-save` write it. */
import {
  type Act,
  both,
  type Chain,
  type Fate,
  type Fit,
  fateIn,
  type Packet,
  type Rule,
} from './rules.ts'

/** Null: it has no chain that the packet goes through. */
export function iptablesFate(saved: string, packet: Packet): Fate | null {
  const chains = new Map<string, { name: string; policy: Chain['policy']; rules: Rule[] }>()
  let isFilter = false
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) isFilter = line.trim() === '*filter'
    if (!isFilter) continue
    const chain = /^:(\S+) (\S+)/.exec(line)
    if (chain !== null) {
      const [, name = '', policy] = chain
      const word = policy === 'DROP' ? 'drop' : policy === 'ACCEPT' ? 'accept' : null
      chains.set(name, { name, policy: word, rules: [] })
    }
    const rule = /^-A (\S+) (.*)$/.exec(line)
    if (rule !== null) chains.get(rule[1] ?? '')?.rules.push(ruleOf(rule[2] ?? '', line, packet))
  }
  const start = chains.get(packet.direction === 'input' ? 'INPUT' : 'OUTPUT')
  return start === undefined ? null : fateIn(chains, start)
}

function ruleOf(text: string, line: string, packet: Packet): Rule {
  const words = text.match(/"[^"]*"|\S+/g) ?? []
  const fits: Fit[] = []
  let act: Act = { kind: 'none' }
  let isNot = false
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '!') {
      isNot = true
      continue
    }
    const value = words[at + 1] ?? ''
    if (word === '-j' || word === '-g') {
      act = actOf(value, word === '-g')
      // What follows only says how.
      break
    }
    const fit = fitOf(word, value, packet)
    if (fit !== null) fits.push(isNot ? opposite(fit) : fit)
    if (word.startsWith('-') && !value.startsWith('-')) at++
    isNot = false
  }
  return { fit: both(fits), act, text: line }
}

/** Null: the word is no condition. */
function fitOf(word: string, value: string, { port, direction }: Packet): Fit | null {
  switch (word) {
    case '-p':
      return value === 'tcp' || value === 'all' ? 'yes' : 'no'
    case '-i':
      // A stranger does not come over the loopback interface.
      return direction === 'output' ? 'no' : value === 'lo' ? 'no' : 'perhaps'
    case '-o':
      return direction === 'input' ? 'no' : value === 'lo' ? 'no' : 'perhaps'
    case '-s':
      return direction === 'output' ? 'perhaps' : isEverywhere(value) ? 'yes' : 'no'
    case '-d':
      return direction === 'input' ? 'perhaps' : isEverywhere(value) ? 'yes' : 'no'
    case '--dport':
    case '--dports':
      return value.split(',').some((part) => hasPort(part, port)) ? 'yes' : 'no'
    case '--sport':
    case '--sports':
      return 'no'
    case '--ctstate':
    case '--state':
      return value.split(',').includes('NEW') ? 'yes' : 'no'
    case '--match-set':
      // Lists of addresses that were banned, or are known.
      return 'no'
    case '--dst-type':
      return value === 'LOCAL' ? 'yes' : 'no'
    case '--limit':
    case '--tcp-flags':
    case '--syn':
      return 'yes'
    case '-m':
      return NEUTRAL.has(value) ? null : 'perhaps'
    default:
      return null
  }
}

function actOf(target: string, isGoto: boolean): Act {
  if (target === 'ACCEPT') return { kind: 'accept' }
  if (target === 'DROP' || target === 'REJECT') return { kind: 'drop' }
  if (target === 'RETURN') return { kind: 'return' }
  return OTHER_TARGETS.has(target)
    ? { kind: 'none' }
    : { kind: isGoto ? 'goto' : 'jump', chain: target }
}

function hasPort(part: string, port: number): boolean {
  const [from = '', to = from] = part.split(':')
  return port >= Number(from || 0) && port <= Number(to || 65_535)
}

function isEverywhere(network: string): boolean {
  return network.endsWith('/0')
}

export function opposite(fit: Fit): Fit {
  return fit === 'perhaps' ? 'perhaps' : fit === 'yes' ? 'no' : 'yes'
}

/** Matches whose words are looked at each. */
const NEUTRAL = new Set([
  ...[
    'tcp',
    'multiport',
    'conntrack',
    'state',
    'comment',
    'set',
    'addrtype',
    'limit',
    'udp',
    'icmp',
  ],
])
const OTHER_TARGETS = new Set([
  'LOG',
  'NFLOG',
  'MARK',
  'CONNMARK',
  'AUDIT',
  'NOTRACK',
  'CT',
  'TCPMSS',
])
