import type { Command } from './command.ts'
import { appendWithoutMessage } from './command/append.ts'
import { authenticate } from './command/authenticate.ts'
import { capability } from './command/capability.ts'
import { close, unselect } from './command/close.ts'
import { copy, move, uidCopy, uidMove } from './command/copy.ts'
import { create } from './command/create.ts'
import { deleteCommand } from './command/delete.ts'
import { enable } from './command/enable.ts'
import { expunge, uidExpunge } from './command/expunge.ts'
import { fetch, uidFetch } from './command/fetch.ts'
import { id } from './command/id.ts'
import { idle } from './command/idle.ts'
import { list, lsub } from './command/list.ts'
import { login } from './command/login.ts'
import { logout } from './command/logout.ts'
import { namespace } from './command/namespace.ts'
import { check, noop } from './command/noop.ts'
import { rename } from './command/rename.ts'
import { search, uidSearch } from './command/search.ts'
import { examine, select } from './command/select.ts'
import { starttls } from './command/starttls.ts'
import { status } from './command/status.ts'
import { store, uidStore } from './command/store.ts'
import { subscribe, unsubscribe } from './command/subscribe.ts'

/** Every command there is, by name. APPEND's message comes on a way of its own: connection.ts. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...[capability, noop, logout, id],
    ...[starttls, authenticate, login],
    ...[enable, select, examine, create, deleteCommand, rename, subscribe, unsubscribe],
    ...[list, lsub, namespace, status, appendWithoutMessage, idle],
    ...[check, close, unselect, expunge, search, fetch, store, copy, move],
    ...[uidExpunge, uidSearch, uidFetch, uidStore, uidCopy, uidMove],
  ].map((command) => [command.name, command]),
)
