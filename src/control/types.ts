/** What rooms above `control` put behind its commands. */

/** The alerts of a server, as `waybill alerts` works with them. */
export interface AlertDesk {
  list(): AlertsShown
  /** @throws Refusal invalid when there is no such rule */
  snooze(snooze: SnoozeRequest): Promise<AlertsShown>
  /** @throws Refusal notFound when it was not snoozed */
  unsnooze(about: Pick<SnoozeRequest, 'rule' | 'subject'>): Promise<AlertsShown>
  /** The names of all ways. @throws Refusal notFound without a running server */
  ways(): AlertWays
  /**
   * Sends a test by the way of this name, or by every one.
   * @throws Refusal notFound without a running server
   */
  test(way?: string): Promise<AlertTest>
}

export interface AlertsShown {
  readonly nowMs: number
  /** The oldest first. */
  readonly alerts: readonly AlertShown[]
  readonly snoozes: readonly SnoozeShown[]
}

export interface AlertShown {
  readonly rule: string
  /** '' where there is only one. */
  readonly subject: string
  /** `seen`: once so far. */
  readonly state: 'seen' | 'firing' | 'resolved'
  readonly sinceMs: number
  /** When it came into this state. */
  readonly changedMs: number
  /** When people were told of this state; null: not yet. */
  readonly toldMs: number | null
  readonly summary: string
  readonly verdict: string
  readonly evidence: readonly string[]
  readonly meaning: string | null
  readonly remedy: readonly { readonly text: string; readonly command: string | null }[]
  /** To look further. */
  readonly command: string
}

export interface SnoozeShown {
  readonly rule: string
  /** '' is all. */
  readonly subject: string
  readonly untilMs: number
  readonly by: string
}

export interface SnoozeRequest {
  readonly rule: string
  readonly subject: string
  readonly forMs: number
  readonly by: string
}

export interface AlertWays {
  readonly ways: readonly string[]
}

export interface AlertTest {
  readonly ways: readonly {
    readonly way: string
    /** Goes through our own queue, which may be what is wrong. */
    readonly isOwnQueue: boolean
    /** Why it did not go; null: it went. */
    readonly why: string | null
  }[]
}
