import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { disabled, passwords, unused } from './accounts.ts'
import { failures, guessing } from './guessing.ts'
import { inTheClear, rightPassword, wrongPassword } from './login.ts'

export const AUTHENTICATION_CHECKS: readonly Check<World>[] = [
  rightPassword,
  wrongPassword,
  inTheClear,
  failures,
  guessing,
  passwords,
  unused,
  disabled,
]
