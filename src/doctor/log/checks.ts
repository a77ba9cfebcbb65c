import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { errors, rejections, unknown } from './errors.ts'
import { files } from './files.ts'
import { index } from './index-state.ts'
import { panic } from './panic.ts'

export const LOG_CHECKS: readonly Check<World>[] = [
  panic,
  errors,
  rejections,
  unknown,
  files,
  index,
]
