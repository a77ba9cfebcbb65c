import type { Alias } from '../directory/types.ts'
import type { Office } from '../office.ts'
import type { Cli } from './cli.ts'

/** What an alias does that was perhaps not meant: a sentence each. Mail that it refuses, mostly. */
export async function aliasWarnings(office: Office, { address }: Alias): Promise<string[]> {
  const warnings: string[] = []
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const accounts = await office.run('account.list', { domain })
  const { destinations } = await office.run('route', { address })
  const keepsOwn = destinations.some(
    (end) => end.kind === 'account' && end.account.address === address,
  )
  if (!keepsOwn && accounts.some((account) => account.address === address))
    warnings.push(`the account ${address} gets no more mail: this alias goes before it`)
  for (const end of destinations) {
    if (end.kind !== 'refused') continue
    const { reason, text } = end
    if (reason === 'loop') warnings.push(text)
    else if (reason === 'noSuchUser')
      warnings.push(`nobody has the address ${end.address}: mail for ${address} is refused`)
    else if (reason === 'relayDenied')
      warnings.push(`${end.address} is not here: mail for ${address} is refused, as ${text}`)
    else if (reason === 'userDisabled')
      warnings.push(`the account ${end.address} is disabled: mail for ${address} is refused`)
  }
  return warnings
}

export function sayWarnings(cli: Cli, warnings: readonly string[]): void {
  for (const warning of warnings) cli.errors.write(`waybill: warning: ${warning}\n`)
}
