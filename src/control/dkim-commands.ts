/** The keys that sign, over the control socket. */
import { Refusal } from '../base/faults.ts'
import type { DkimKey, DkimKeys } from '../directory/dkim-keys.ts'

/** What each command takes and gives. No answer has a secret key in it. */
export interface DkimCommands {
  'dkim.list': { args: { domain?: string }; result: readonly DkimKey[] }
  /** The keys that were made, or are pending already. */
  'dkim.rotate': { args: { domain: string }; result: readonly DkimKey[] }
  /** All keys of the domain. */
  'dkim.activate': {
    args: { domain: string; selectors: readonly string[] }
    result: readonly DkimKey[]
  }
}

/** What they work on. */
export interface DkimOffice {
  readonly dkim: Pick<DkimKeys, 'list' | 'rotate' | 'activate' | 'forget'>
}

type Run<Name extends keyof DkimCommands> = (
  office: DkimOffice,
  args: DkimCommands[Name]['args'],
) => Promise<DkimCommands[Name]['result']>

export const RUN_DKIM: { readonly [Name in keyof DkimCommands]: Run<Name> } = {
  'dkim.list': async ({ dkim }, { domain }) => await dkim.list(domain),
  'dkim.rotate': async ({ dkim }, { domain }) => await dkim.rotate(domain),
  'dkim.activate': async ({ dkim }, { domain, selectors }) => {
    if (!Array.isArray(selectors) || selectors.some((selector) => typeof selector !== 'string'))
      throw new Refusal('invalid', 'selectors is a list of texts')
    return await dkim.activate(domain, selectors)
  },
}

export const DKIM_REQUIRED: { readonly [Name in keyof DkimCommands]: readonly string[] } = {
  'dkim.list': [],
  'dkim.rotate': ['domain'],
  'dkim.activate': ['domain', 'selectors'],
}
