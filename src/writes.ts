/** The table of all writes, as the writer thread loads it; and the writes that concern two rooms. */
import { writeTable } from './db/group-commit.ts'
import { append, deliver } from './delivery/deliver.ts'
import { forgetTaken } from './delivery/taken.ts'
import { forgetSent } from './delivery/sent-rows.ts'
import { dkimWrites } from './directory/dkim-entries.ts'
import {
  addAlias,
  addDomain,
  defineAddAccount,
  defineRemoveAccount,
  keepSecret,
  removeAlias,
  removeDomain,
  setAccount,
  setAlias,
} from './directory/entries.ts'
import { relayWrites } from './directory/relay-entries.ts'
import { addSample, remember } from './doctor/history.ts'
import { forgetOutbox } from './log/outbox.ts'
import { lease, recoverLeases, voidLeases } from './queue/lease.ts'
import { pullIn, putOffDelayNotices } from './queue/overdue-rows.ts'
import { moveRecipients } from './queue/routing-rows.ts'
import { defineSettle } from './queue/settle.ts'
import {
  defineBounceQueued,
  editQueued,
  removeQueued,
  rerouteQueued,
  resumeQueued,
  runDestination,
  runQueued,
  stopQueued,
} from './queue/steer.ts'
import { saveAlerts, snoozeAlerts, unsnoozeAlerts } from './alerts/rows.ts'
import { keepStsPolicy } from './smtp-client/sts-cache.ts'
import { changeFlags } from './store/flags.ts'
import {
  createFirstMailboxes,
  createMailbox,
  deleteMailbox,
  removeMail,
  renameMailbox,
  setSubscribed,
} from './store/mailboxes.ts'
import { copy, expunge, move } from './store/move.ts'

export const addAccount = defineAddAccount(createFirstMailboxes)
export const removeAccount = defineRemoveAccount(function* (account) {
  yield* forgetSent(account)
  return yield* removeMail(account)
})

/** A notice to a sender is a message like any other. */
export const settle = defineSettle(deliver.run)
export const bounceQueued = defineBounceQueued(deliver.run)

export const writes = writeTable([
  addAccount,
  addAlias,
  addDomain,
  addSample,
  append,
  bounceQueued,
  changeFlags,
  copy,
  createMailbox,
  deleteMailbox,
  deliver,
  editQueued,
  expunge,
  forgetOutbox,
  forgetTaken,
  keepSecret,
  keepStsPolicy,
  lease,
  move,
  moveRecipients,
  pullIn,
  putOffDelayNotices,
  recoverLeases,
  remember,
  removeAccount,
  removeAlias,
  removeDomain,
  removeQueued,
  renameMailbox,
  rerouteQueued,
  resumeQueued,
  runDestination,
  runQueued,
  saveAlerts,
  setAccount,
  setAlias,
  setSubscribed,
  settle,
  snoozeAlerts,
  stopQueued,
  unsnoozeAlerts,
  voidLeases,
  ...dkimWrites,
  ...relayWrites,
])
