import { ADDRESSES } from './addresses.ts'
import { GOOGLE } from './google.ts'
import { SENDERS } from './senders.ts'
import type { Rule } from './rule.ts'

/** Every rule; the first that fits wins, so the precise stand before the general. */
export const RULES: readonly Rule[] = [...GOOGLE, ...ADDRESSES, ...SENDERS]
