/** Steps for a server in another root: what is typed there must not change this machine's own files. */
import { step } from '../findings.ts'
import type { Step } from '../types.ts'
import { quoted } from '../in-command.ts'
import type { ForeignWorld } from './world.ts'

/** For what this user may not read. */
export const AS_ROOT: readonly Step[] = [step('Look as root', 'sudo waybill doctor')]

/** The same step, so that commands and places it tells to write into are those of the root. */
export function stepInRoot(
  { text, command }: Step,
  { root, hostPath }: Pick<ForeignWorld, 'root' | 'hostPath'>,
): Step {
  if (root === '/') return { text, command }
  return {
    text: text.replace(PLACE, (path) => hostPath(path)),
    command: command === null ? null : commandInRoot(command, root, hostPath),
  }
}

/** `postconf -X name && postfix reload`: each part by itself. Within quotes such marks mean nothing. */
function commandInRoot(command: string, root: string, hostPath: ForeignWorld['hostPath']): string {
  const parts = command.match(/ && |; |(?:'[^']*'|\\'|(?! && |; )[^'])+/g) ?? []
  return parts
    .map((part) => (part === ' && ' || part === '; ' ? part : partInRoot(part, root, hostPath)))
    .join('')
}

function partInRoot(part: string, root: string, hostPath: ForeignWorld['hostPath']): string {
  const [program = ''] = part.split(' ', 1)
  // Ours names files as they are here already; sockets are those of the machine.
  if (program === 'waybill' || program === 'sudo' || program === 'ss') return part
  // Within a root it does nothing: nobody runs there.
  if (part === 'systemctl list-timers')
    return `systemctl --root=${quoted(root)} list-unit-files --type=timer`
  if (program === 'journalctl') return part.replace(' ', ` --root=${quoted(root)} `)
  // A root may have neither. No user of it chose these names, so no link of a user is followed.
  if ((program === 'editor' || program === 'openssl') && !part.includes("'"))
    return part.replaceAll(PATH, (path) => quoted(hostPath(path)))
  return `chroot ${quoted(root)} ${part}`
}

/** Where a text says to write: `into /etc/dovecot/conf.d/10-ssl.conf`. */
const PLACE = /(?<=\b(?:into|in) )\/[\w./-]*\w/g
const PATH = /(?<= )\/\S+/g
