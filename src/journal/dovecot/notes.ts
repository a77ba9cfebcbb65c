/** What Dovecot says when nothing is wrong, by the process that says it. */
import type { NoteTopic } from '../event.ts'

/** What a message of the level `info` is about; null when no rule knows it. */
export function topicOf(process: string, message: string): NoteTopic | null {
  const rule = RULES.find(([start]) => message.startsWith(start))
  return rule?.[1] ?? BY_PROCESS.get(process) ?? partTopic(message)
}

/** What a debug line is about: of any text, as `log_debug` and `auth_debug` write thousands. */
export function debugTopicOf(process: string): NoteTopic {
  return BY_PROCESS.get(process) ?? 'process'
}

function partTopic(message: string): NoteTopic | null {
  const rule = PART_RULES.find(([part]) => message.includes(part))
  return rule?.[1] ?? null
}

type Rule = readonly [text: string, topic: NoteTopic]

/** By how the message starts. */
const RULES: readonly Rule[] = [
  ['Dovecot v', 'start'],
  ['Killed with signal', 'stop'],
  ['killed with signal', 'stop'],
  ['Shutting down', 'stop'],
  ['SIGHUP received', 'reload'],
  ['Reloading', 'reload'],
  ['Connect from ', 'connected'],
  ['Disconnect from ', 'disconnected'],
  ['Disconnected', 'disconnected'],
  ['sieve: ', 'filter'],
  ['imapsieve: ', 'filter'],
  ['imap-filter-sieve: ', 'filter'],
  // The plugin mail_log.
  ['delete: ', 'command'],
  ['undelete: ', 'command'],
  ['expunge: ', 'command'],
  ['save: ', 'command'],
  ['copy: ', 'command'],
  ['copy from ', 'command'],
  ['append: ', 'command'],
  ['flag_change: ', 'command'],
  ['mailbox_create: ', 'command'],
  ['mailbox_delete: ', 'command'],
  ['mailbox_rename: ', 'command'],
  ['autoexpunge: ', 'command'],
  ['Mailbox created: ', 'command'],
  ['Mailbox deleted: ', 'command'],
  ['Mailbox renamed: ', 'command'],
  ['Mailbox ', 'command'],
  ['Subscribed', 'command'],
  ['Unsubscribed', 'command'],
  ['uidvalidity', 'command'],
  ['SSL', 'tls'],
  ['TLS', 'tls'],
  ['Generating ', 'tls'],
  ['proxy', 'connection'],
  ['imapc(', 'connection'],
  ['pop3c(', 'connection'],
  ['ID sent', 'protocol'],
  ['Sent message to ', 'delivery'],
  ['Successfully relayed message', 'delivery'],
  ['program ', 'process'],
  ['Quota', 'delivery'],
  ['quota', 'delivery'],
  ['Indexed ', 'process'],
  ['Effective uid', 'process'],
  ['maildir', 'process'],
  ['fts', 'process'],
  ['acl', 'policy'],
  ['push-notification', 'process'],
  ['xaps', 'process'],
  ['virtual', 'process'],
  ['replication', 'process'],
  ['push_notification', 'process'],
  ['pid=', 'process'],
  ['service(', 'process'],
]

/** By what the message has in it. */
const PART_RULES: readonly Rule[] = [
  [' starting up', 'start'],
  ['proxy', 'connection'],
  ['hibernat', 'connection'],
  ['sieve', 'filter'],
  ['replicat', 'process'],
  ['last message repeated', 'other'],
]

/** Processes that have one task: all that they say is about it. */
const BY_PROCESS: ReadonlyMap<string, NoteTopic> = new Map<string, NoteTopic>([
  ['master', 'process'],
  ['log', 'process'],
  ['config', 'configuration'],
  ['doveconf', 'configuration'],
  ['anvil', 'connection'],
  ['stats', 'statistics'],
  ['old-stats', 'statistics'],
  ['ssl-params', 'tls'],
  ['ssl-build-param', 'tls'],
  ['auth', 'authentication'],
  ['auth-worker', 'authentication'],
  ['dovecot-auth', 'authentication'],
  ['checkpassword-reply', 'authentication'],
  ['pam_unix', 'authentication'],
  ['indexer', 'process'],
  ['indexer-worker', 'process'],
  ['dict', 'process'],
  ['dict-async', 'process'],
  ['dict-expire', 'process'],
  ['dns-client', 'dns'],
  ['dns_client', 'dns'],
  ['director', 'connection'],
  ['ipc', 'process'],
  ['replicator', 'process'],
  ['aggregator', 'process'],
  ['doveadm', 'command'],
  ['doveadm-server', 'command'],
  ['dsync', 'command'],
  ['dsync-local', 'command'],
  ['dsync-server', 'command'],
  ['dsync-remote', 'command'],
  ['quota-status', 'policy'],
  ['quota-warning', 'delivery'],
  ['health-check', 'process'],
  ['script', 'process'],
  ['tcpwrap', 'connection'],
  ['imap-hibernate', 'connection'],
  ['imap-urlauth', 'connection'],
  ['imap-urlauth-worker', 'connection'],
  ['sieve-filter', 'filter'],
  ['sieve-test', 'filter'],
  ['sievec', 'filter'],
])
