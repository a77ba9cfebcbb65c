/**
 * The server's side of the drop folder (`drop-folder.ts`): takes the mail that users leave there.
 *
 *   written under another name ─▶ renamed ─▶ noticed ─▶ opened, checked, read ─▶ accepted: one commit
 *                                                                                with the file's name
 *                        name forgotten ◀─ removal on stable storage ◀─ removed ◀─┘
 *
 * A crash leaves: before the commit, the file, which is taken at the next start; after it, a file
 * whose name is known, which is only removed then. Mail is taken once.
 *
 * The system says when a file comes; the whole folder is looked through at start and every minute,
 * for what was missed, for mail that had to wait, and for what nobody will finish. Whoever can write
 * into a folder can put anything there: only a file of one name, opened without following a link, is
 * mail, and it is of the user whose file it is.
 */
import { constants, type FSWatcher, watch } from 'node:fs'
import { type FileHandle, lstat, open, opendir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Clock } from '../base/clock.ts'
import { isTrouble, Refusal, systemCodeOf, systemReason, wordsOf } from '../base/faults.ts'
import { syncFolder } from '../base/sync-folder.ts'
import type { Database } from '../db/database.ts'
import { noticeSubmission } from '../delivery/success-notice.ts'
import { forgetTaken, readTaken } from '../delivery/taken.ts'
import type { Delivery } from '../delivery/types.ts'
import type { Directory } from '../directory/types.ts'
import type { MessageId } from '../journal/event.ts'
import { ORIGINAL_OCTETS } from '../queue/notices.ts'
import {
  DROP_NAME,
  type DroppedMail,
  MAX_HEAD_OCTETS,
  messageOf,
  readDropHead,
} from './drop-file.ts'
import { refusedNotice } from './drop-notice.ts'
import { DropPace } from './drop-pace.ts'
import type { SubmissionDesk } from './submit-commands.ts'
import { userOfId } from './system-users.ts'

export interface DropOptions {
  readonly folder: string
  readonly database: Database
  readonly submission: SubmissionDesk
  readonly delivery: Delivery
  readonly directory: Pick<Directory, 'route'>
  readonly clock: Clock
  readonly hostName: () => string
  readonly maxOctets: () => number
  /** See `SendmailConfig`. */
  readonly maxRecipientsPerHour: () => number
  /** After so long, what could not be taken yet is given back. */
  readonly expiryMs: () => number
  /** For the log: what was not taken, and why. */
  readonly note: (text: string, id?: MessageId) => void
  /** For whoever looks after the server. */
  readonly report: (text: string) => void
}

/** Takes what is there and what comes. Disposing lets the files in hand be finished. */
export function openDrop(options: DropOptions): AsyncDisposable {
  const drop = new Drop(options)
  drop.start()
  return drop
}

/** A file that was opened and is mail of somebody. */
interface Found {
  readonly name: string
  readonly file: FileHandle
  readonly user: string
  readonly mail: DroppedMail
  /** Since when it has been there. */
  readonly sinceMs: number
}

class Drop implements AsyncDisposable {
  readonly #options: DropOptions
  readonly #pace: DropPace
  readonly #stopping = new AbortController()
  /** Names to be looked at, in the order they came. */
  readonly #pending = new Set<string>()
  /** Accepted, and not yet known to be gone. */
  readonly #taken: Set<string>
  readonly #inHand = new Set<string>()
  /** Accepted and removed; forgotten when the folder is synced. */
  #removed = new Set<string>()
  /** Could not be taken: how often, and not again before. */
  readonly #waiting = new Map<string, { readonly failures: number; readonly nextMs: number }>()
  #watcher: FSWatcher | undefined
  /** Which folder is watched: the number alone can be given to one that was made anew. */
  #watched = ''
  #next: Disposable | undefined
  #isLooking = false
  #lanes = 0
  readonly #said = new Set<string>()
  readonly #idle: (() => void)[] = []

  constructor(options: DropOptions) {
    this.#options = options
    this.#pace = new DropPace(options.clock, options.maxRecipientsPerHour)
    this.#taken = new Set(options.database.read(readTaken()))
  }

  start(): void {
    void this.#look()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.#watcher?.close()
    this.#next?.[Symbol.dispose]()
    this.#pending.clear()
    if (this.#isLooking || this.#lanes > 0)
      await new Promise<void>((resolve) => this.#idle.push(resolve))
    await this.#forget()
  }

  /** Looks through the folder, and again after a minute. */
  async #look(): Promise<void> {
    this.#isLooking = true
    try {
      // Before looking, so that what comes meanwhile is not missed.
      await this.#watch()
      await this.#lookThrough()
    } catch (error) {
      this.#reportOnce(`the drop folder cannot be read: ${systemReason(error)}`)
    }
    await this.#forget()
    this.#isLooking = false
    if (!this.#stopping.signal.aborted)
      this.#next = this.#options.clock.after(LOOK_EVERY_MS, () => void this.#look())
    this.#work()
  }

  async #watch(): Promise<void> {
    const { ino, birthtimeMs } = await lstat(this.#options.folder)
    if (this.#stopping.signal.aborted) return
    const folder = `${ino} ${birthtimeMs}`
    if (folder === this.#watched) return
    this.#watcher?.close()
    const watcher = this.#openWatcher()
    if (watcher === null) return
    this.#watched = folder
    watcher.on('change', (type, name) => {
      // A whole file comes by a rename; who writes to one that is there tells nothing new.
      if (type === 'rename' && typeof name === 'string') this.#noticed(name)
    })
    watcher.on('error', () => {
      watcher.close()
      this.#watched = ''
    })
    this.#watcher = watcher
  }

  /** Null: the system watches nothing more, and each look finds what came. */
  #openWatcher(): FSWatcher | null {
    try {
      return watch(this.#options.folder, { persistent: false })
    } catch (error) {
      this.#watched = ''
      this.#reportOnce(
        `the drop folder is not watched, and mail waits there for up to a minute: ${systemReason(error)}`,
      )
      return null
    }
  }

  #noticed(name: string): void {
    if (!DROP_NAME.test(name) || this.#taken.has(name)) return
    // The others are found by the next look.
    if (this.#pending.size >= MAX_PENDING) return
    this.#pending.add(name)
    this.#work()
  }

  async #lookThrough(): Promise<void> {
    const found: { readonly name: string; readonly sinceMs: number }[] = []
    const counts = new Map<number, number>()
    const surplus = new Map<number, number>()
    const there = new Set<string>()
    // What is accepted from here on may be in the folder, and not seen.
    const known = [...this.#taken]
    for await (const { name } of await opendir(this.#options.folder)) {
      if (this.#stopping.signal.aborted) return
      const stat = await lstat(join(this.#options.folder, name)).catch(() => undefined)
      if (stat === undefined) continue
      if (!DROP_NAME.test(name) || stat.isDirectory()) {
        if (this.#options.clock.nowMs() - stat.ctimeMs > LEFT_OVER_MS)
          await this.#removeLeftOver(name, stat.isDirectory())
        continue
      }
      const count = (counts.get(stat.uid) ?? 0) + 1
      if (count > MAX_PENDING && !this.#taken.has(name)) {
        surplus.set(stat.uid, (surplus.get(stat.uid) ?? 0) + 1)
        await this.#remove(name)
        continue
      }
      counts.set(stat.uid, count)
      there.add(name)
      if (!this.#pace.isBlocked(stat.uid)) found.push({ name, sinceMs: stat.mtimeMs })
    }
    for (const [userId, count] of surplus)
      this.#options.report(
        `user ${nameOf(userId)} had more than ${MAX_PENDING} messages in the drop folder: ` +
          `${count} were thrown away`,
      )
    for (const name of this.#waiting.keys()) if (!there.has(name)) this.#waiting.delete(name)
    for (const name of known) if (!there.has(name)) this.#removed.add(name)
    found.sort((a, b) => a.sinceMs - b.sinceMs)
    for (const { name } of found) this.#pending.add(name)
  }

  /** What nobody will finish, and what is no mail. */
  async #removeLeftOver(name: string, isFolder: boolean): Promise<void> {
    const path = join(this.#options.folder, name)
    try {
      await (isFolder ? rmdir(path) : rm(path, { force: true }))
    } catch (error) {
      // Without its name, which anybody chooses: a report for each would be a way to be loud.
      const why = systemReason(error)
      this.#reportOnce(
        `something in ${this.#options.folder} is no mail and cannot be removed: ${why}`,
      )
    }
  }

  #work(): void {
    while (this.#lanes < LANES && this.#pending.size > this.#lanes) {
      this.#lanes++
      void this.#runLane()
    }
    if (this.#lanes === 0 && !this.#isLooking) for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #runLane(): Promise<void> {
    for (const name of this.#pending) {
      this.#pending.delete(name)
      const isWaiting = (this.#waiting.get(name)?.nextMs ?? 0) > this.#options.clock.nowMs()
      if (!isWaiting) await this.#take(name)
    }
    if (this.#lanes === 1) await this.#forget()
    this.#lanes--
    this.#work()
  }

  /** Never rejects. */
  async #take(name: string): Promise<void> {
    if (this.#inHand.has(name)) return
    if (this.#taken.has(name)) return await this.#removeTaken(name)
    this.#inHand.add(name)
    let found: Found | null = null
    try {
      found = await this.#open(name)
      if (found === null) return
      await this.#accept(found)
      await this.#accepted(name)
    } catch (error) {
      await this.#notTaken(name, found, error)
    } finally {
      await found?.file.close()
      this.#inHand.delete(name)
    }
  }

  /** Null: it is gone, or has to wait. @throws Refusal invalid: it is no mail */
  async #open(name: string): Promise<Found | null> {
    const file = await this.#openFile(name)
    if (file === null) return null
    let isOurs = false
    try {
      const stat = await file.stat({ bigint: true })
      const userId = Number(stat.uid)
      if (stat.nlink === 0n) return null
      if (!stat.isFile()) throw new Refusal('invalid', 'it is no file')
      // Another link to it can be somebody else's file.
      if (stat.nlink > 1n) throw new Refusal('invalid', 'it has another name elsewhere')
      if (this.#pace.isBlocked(userId)) return null
      const fileOctets = Number(stat.size)
      if (fileOctets > this.#options.maxOctets() + MAX_HEAD_OCTETS)
        throw new Refusal('invalid', 'it is too big')
      const mail = await readDropHead(file, fileOctets)
      const user = nameOf(userId)
      // Another lane may have found out meanwhile, and said so.
      if (this.#pace.isBlocked(userId)) return null
      // One without recipients costs a notice.
      const recipients = Math.max(1, mail.envelope.recipients.length)
      if (!this.#waiting.has(name) && !this.#pace.admit(userId, recipients)) {
        this.#options.note(`ratelimit: user ${user} has sent much this hour, and more mail waits`)
        return null
      }
      isOurs = true
      return { name, file, user, mail, sinceMs: Number(stat.ctimeMs) }
    } finally {
      if (!isOurs) await file.close()
    }
  }

  /** Null: it is gone. Never waits for somebody at the other end of a pipe. */
  async #openFile(name: string): Promise<FileHandle | null> {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    try {
      return await open(join(this.#options.folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch (error) {
      const code = systemCodeOf(error) ?? ''
      if (code === 'ENOENT') return null
      if (NO_MAIL.has(code)) throw new Refusal('invalid', `it cannot be opened (${code})`)
      throw error
    }
  }

  async #accept({ name, file, user, mail }: Found): Promise<void> {
    const before = await file.stat({ bigint: true })
    await this.#options.submission.take(
      { ...mail.envelope, user },
      () => messageOf(file, mail, before),
      name,
    )
  }

  async #accepted(name: string): Promise<void> {
    this.#taken.add(name)
    this.#waiting.delete(name)
    await this.#removeTaken(name)
  }

  async #removeTaken(name: string): Promise<void> {
    if (await this.#remove(name)) this.#removed.add(name)
  }

  async #remove(name: string): Promise<boolean> {
    try {
      await rm(join(this.#options.folder, name), { force: true })
      return true
    } catch (error) {
      // A folder: looked at by the next look.
      if (systemCodeOf(error) !== 'ERR_FS_EISDIR')
        this.#reportOnce(`a file of the drop folder cannot be removed: ${systemReason(error)}`)
      return false
    }
  }

  /** A removal that a power cut could undo is none: the name is known until then. */
  async #forget(): Promise<void> {
    const names = [...this.#removed]
    if (names.length === 0) return
    this.#removed = new Set()
    try {
      await syncFolder(this.#options.folder)
      await this.#options.database.write(forgetTaken, names)
      for (const name of names) this.#taken.delete(name)
    } catch (error) {
      // They stay known, and the next look finds that they are gone.
      this.#reportOnce(`names of the drop folder are not forgotten: ${systemReason(error)}`)
    }
  }

  async #notTaken(name: string, found: Found | null, error: unknown): Promise<void> {
    if (error instanceof Refusal && error.reason === 'alreadyExists')
      return await this.#accepted(name)
    const isFinal = error instanceof Refusal && !TEMPORARY.has(error.reason)
    const { clock, expiryMs } = this.#options
    if (!isFinal && (found === null || clock.nowMs() - found.sinceMs < expiryMs()))
      return this.#waitWith(name, error)
    if (found === null) {
      this.#options.note(`message rejected: a file of the drop folder: ${wordsOf(error)}`)
      return void (await this.#remove(name))
    }
    try {
      await this.#giveBack(found, error)
    } catch (failure) {
      return this.#waitWith(name, failure)
    }
    await this.#accepted(name)
  }

  #waitWith(name: string, error: unknown): void {
    const failures = (this.#waiting.get(name)?.failures ?? 0) + 1
    // The next look comes when this is over, and not a moment before.
    const delayMs = Math.min(LOOK_EVERY_MS * 2 ** (failures - 1), MAX_DELAY_MS) - 1000
    this.#waiting.set(name, { failures, nextMs: this.#options.clock.nowMs() + delayMs })
    const text = `message of a user of this machine waits: ${wordsOf(error)}`
    if (isTrouble(error)) this.#reportOnce(text)
    else this.#options.note(text)
  }

  /** To the user here, or to the postmaster when the user has no mail here. Never elsewhere. */
  async #giveBack({ name, file, user, mail }: Found, error: unknown): Promise<void> {
    const { submission, delivery, directory, clock, hostName, note, report } = this.#options
    const { envelope, start, sizeOctets } = mail
    const about = delivery.newMessageId()
    note(`message rejected for user ${user}: ${wordsOf(error)}`, about)
    const original = Buffer.alloc(Math.min(ORIGINAL_OCTETS, sizeOctets))
    await file.read(original, 0, original.length, start)
    const verified = submission.verify(envelope.recipients)
    const [to] = [user, 'postmaster']
      .map((one) => submission.full(one))
      .filter((one) => directory.route(one).destinations.every(({ kind }) => kind === 'account'))
    if (envelope.from === null || to === undefined)
      return report(`mail of user ${user} was refused, and nobody is told: ${wordsOf(error)}`)
    const context = { hostName: hostName(), nowMs: clock.nowMs(), about, to }
    const id = delivery.newMessageId()
    const notice = refusedNotice(
      { envelope, sizeOctets, original, verified, error },
      { ...context, id },
    )
    if (notice === null) return
    await using writer = delivery.openBody()
    if (!writer.write(notice.octets)) await writer.drained()
    const { destinations } = directory.route(to)
    const body = await writer.finish()
    await delivery.accept({ ...noticeSubmission(notice, destinations, body), takenFrom: name })
  }

  /** The same trouble every minute is said once. */
  #reportOnce(text: string): void {
    if (this.#said.has(text)) return
    this.#said.add(text)
    this.#options.report(text)
  }
}

/** A user of another source than /etc/passwd is known by number. */
function nameOf(userId: number): string {
  return userOfId(userId)?.name ?? String(userId)
}

/** A link, a socket, a device that is not there; and a file that its owner lets nobody read. */
const NO_MAIL: ReadonlySet<string> = new Set([
  'ELOOP',
  'ENXIO',
  'ENODEV',
  'EACCES',
  'EPERM',
  'EISDIR',
])
const TEMPORARY: ReadonlySet<string> = new Set([
  ...['overQuota', 'storageFull', 'storageFailed', 'tryLater', 'inUse'],
])
/** As many as help the group commit, and no more. */
const LANES = 4
const LOOK_EVERY_MS = 60_000
const MAX_DELAY_MS = 60 * 60_000
/** Nobody takes a day to write a message. */
const LEFT_OVER_MS = 24 * 60 * 60_000
/** Files of one user; and names that were noticed and wait. */
const MAX_PENDING = 10_000
