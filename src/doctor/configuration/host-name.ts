/** What the server calls itself. */
import { isIP } from 'node:net'

import { printable } from '../../journal/exim/escape.ts'
import { isLocalName } from '../dns/ours.ts'
import { failing, ok, step } from '../findings.ts'
import { quoted } from '../in-command.ts'
import { isTrial } from '../places.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

export const hostName: Check<World> = {
  id: 'configuration.host_name',
  group: 'configuration',
  title: 'The name of this server',
  isNetwork: false,
  explain: ['waybill config show host_name', 'waybill config show outgoing.hello_name'],
  async look(world) {
    const { loaded } = world
    const { config } = loaded
    const source = loaded.sources.get('host_name')?.kind
    const names = [
      { key: 'host_name', name: config.hostName },
      ...(config.outgoing.helloName === null
        ? []
        : [{ key: 'outgoing.hello_name', name: config.outgoing.helloName }]),
    ]
    return names.map(({ key, name }): Finding => {
      const by = key === 'host_name' && source === 'default' ? ', the name of this machine' : ''
      const evidence = [`${key} is "${printable(name)}"${by}`]
      const why = faultOf(name)
      const subject = key === 'host_name' ? null : key
      if (why === null || isTrial(world))
        return ok(hostName, `it is ${printable(name)}`, evidence, { subject })
      return failing(hostName, {
        ...{ subject, evidence },
        summary: `"${printable(name)}" is ${why}`,
        meaning:
          'The server says it in every greeting. Many servers refuse or distrust mail from one whose name is not in DNS.',
        remedy: [
          step(
            `Choose a name that DNS leads to this server, such as mail.example.com, and write it as ${key}`,
            loaded.file === null ? null : `editor ${quoted(loaded.file)}`,
          ),
          step('Make the server read it', 'waybill reload'),
        ],
      })
    })
  },
}

/** RFC 5321 §2.3.5: a fully-qualified name. Null: it is one. */
function faultOf(name: string): string | null {
  if (isIP(name) !== 0) return 'an address and no name'
  if (!name.includes('.')) return 'no full name: it has no domain'
  if (isLocalName(name.toLowerCase())) return 'a name that no public DNS has'
  return null
}
