/** Domains whose mail a server takes, as far as they stand in its configuration. */
import { isIP } from 'node:net'

import { type EximConfig, eximList } from './exim.ts'
import { type PostfixConfig, postfixList } from './postfix.ts'

export function eximDomains({ main }: EximConfig): readonly string[] {
  const list = main.get('domainlist local_domains') ?? ''
  return ordinary(eximList(list), main.get('primary_hostname') ?? '')
}

export function postfixDomains({ value }: PostfixConfig): readonly string[] {
  const names = ['mydestination', 'virtual_mailbox_domains', 'virtual_alias_domains']
  return ordinary(
    names.flatMap((name) => postfixList(value(name))),
    value('myhostname'),
  )
}

/** No patterns, no tables, and not the name of the server itself. */
function ordinary(names: readonly string[], own: string): readonly string[] {
  const all = new Set(names.map((name) => name.toLowerCase()))
  return [...all]
    .filter(
      (name) =>
        /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(name) &&
        name !== own.toLowerCase() &&
        !/^localhost\.|\.(?:localdomain|local|internal)$/.test(name) &&
        isIP(name) === 0,
    )
    .slice(0, MOST_DOMAINS)
}

const MOST_DOMAINS = 20
