import type { Migration } from './db/migrate.ts'
import { init } from './migration/001-init.ts'
import { outgoing } from './migration/002-outgoing.ts'
import { once } from './migration/003-once.ts'
import { history } from './migration/004-history.ts'
import { passwordAge } from './migration/005-password-age.ts'

/** Every step of the schema, in order. */
export const MIGRATIONS: readonly Migration[] = [init, outgoing, once, history, passwordAge]
