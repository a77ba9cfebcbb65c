import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { certificate } from './certificate.ts'
import { certificateFiles } from './files.ts'
import { versions } from './versions.ts'

export const TLS_CHECKS: readonly Check<World>[] = [certificate, versions, certificateFiles]
