/** A report as data: what it says, and not how it looks on a terminal, in a mail or on a page. */

/** In one word. `attention`: something is to be done; `trouble`: mail suffers from it now. */
export type Status = 'well' | 'attention' | 'trouble'

export interface Report {
  readonly title: string
  /** Of which time: `2026-01-08 06:00 to 2026-01-09 06:00`. */
  readonly period: string
  readonly status: Status
  readonly sections: readonly Section[]
}

export interface Section {
  /** For JSON and links: one word. */
  readonly name: string
  readonly title: string
  readonly blocks: readonly Block[]
}

/** Texts are as they were found: whoever writes them out makes them printable, and no markup of them. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  /** The first column is what a row is about. */
  | {
      readonly kind: 'table'
      readonly headings: readonly string[]
      readonly rows: readonly (readonly string[])[]
    }
  /** To be done, in this order. */
  | { readonly kind: 'steps'; readonly steps: readonly ReportStep[] }
  /** Of a log, or of another server: each as it was. */
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'bars'; readonly bars: Bars }

export interface ReportStep {
  readonly text: string
  readonly command: string | null
}

/** Something by time: a bar for each hour or day. */
export interface Bars {
  readonly title: string
  /** What the parts of a bar are, from its foot. */
  readonly parts: readonly { readonly name: string; readonly tone: Tone }[]
  readonly bars: readonly { readonly label: string; readonly values: readonly number[] }[]
  /** It shows at a glance what as numbers would be a long list: only where it can be drawn. */
  readonly isOnlyDrawn: boolean
}

export type Tone = 'plain' | 'good' | 'warn' | 'bad'
