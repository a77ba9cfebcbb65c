import { counted } from '../base/counted.ts'
import type { Moved } from '../queue/routing.ts'
import type { Cli } from './cli.ts'

/** What waits and goes another way, since something changed. */
export function sayMoved(cli: Cli, moved: readonly Moved[]): void {
  let direct = 0
  for (const { destination, messages } of moved)
    if (destination.startsWith('relay:'))
      cli.out.write(`${waiting(messages)} now ${go(messages)} by ${destination.slice(6)}.\n`)
    else direct += messages
  if (direct === 0) return
  cli.out.write(`${waiting(direct)} now ${go(direct)} to the servers of the recipients’ domains.\n`)
}

function waiting(messages: number): string {
  return counted(messages, 'waiting message')
}

function go(messages: number): string {
  return messages === 1 ? 'goes' : 'go'
}
