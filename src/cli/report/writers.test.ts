import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Report } from '../../report/types.ts'
import { htmlOf } from './html.ts'
import { markdownOf } from './markdown.ts'
import { writeReport } from './terminal.ts'

const REPORT: Report = {
  title: 'mail.example.com',
  period: '2026-01-08 06:00 to 2026-01-09 06:00',
  status: 'trouble',
  sections: [
    {
      name: 'queue',
      title: 'Queue',
      blocks: [
        { kind: 'text', text: '11 messages wait.' },
        { kind: 'table', headings: ['Domain', 'Count'], rows: [['far_away.example', '11']] },
        { kind: 'lines', lines: ['535 5.7.8 *wrong* ``` password'] },
        {
          kind: 'steps',
          steps: [
            { text: 'Set the password', command: 'waybill relay set smart --password-stdin' },
            { text: 'Wait', command: null },
          ],
        },
        {
          kind: 'bars',
          bars: {
            title: 'Mail',
            isOnlyDrawn: false,
            parts: [
              { name: 'delivered', tone: 'good' },
              { name: 'failed', tone: 'bad' },
            ],
            bars: [
              { label: '06:00', values: [0, 0] },
              { label: '07:00', values: [3, 1] },
            ],
          },
        },
      ],
    },
  ],
}

test('a report in Markdown', () => {
  assert.equal(
    markdownOf(REPORT),
    `# mail.example.com

2026-01-08 06:00 to 2026-01-09 06:00

**In trouble**

## Queue

11 messages wait.

| Domain | Count |
| --- | --- |
| far\\_away.example | 11 |

\`\`\`\`text
535 5.7.8 *wrong* \`\`\` password
\`\`\`\`

1. Set the password

   \`\`\`text
   waybill relay set smart --password-stdin
   \`\`\`
2. Wait

| Mail | delivered | failed |
| --- | --- | --- |
| 07:00 | 3 | 1 |
`,
  )
})

test('a report on a terminal', () => {
  assert.equal(
    onTerminal(REPORT),
    `mail.example.com
2026-01-08 06:00 to 2026-01-09 06:00
In trouble

Queue
11 messages wait.
Domain            Count
far_away.example  11

  535 5.7.8 *wrong* \`\`\` password

1. Set the password
     waybill relay set smart --password-stdin
2. Wait

Mail (delivered, failed)
  07:00 ${'█'.repeat(40)} 3 1
`,
  )
})

test('what strangers wrote is no markup, and nothing a terminal obeys', () => {
  const hostile = '</pre><script>alert(1)</script> | [x](javascript:y)\x1b[31m\u202e\n# no'
  const report: Report = {
    ...REPORT,
    title: hostile,
    sections: [
      {
        name: 'x',
        title: hostile,
        blocks: [
          { kind: 'text', text: hostile },
          { kind: 'text', text: '1. no list' },
          { kind: 'table', headings: [hostile], rows: [[hostile]] },
          { kind: 'lines', lines: [hostile] },
          { kind: 'steps', steps: [{ text: hostile, command: hostile }] },
        ],
      },
    ],
  }
  const html = htmlOf(report)
  assert.doesNotMatch(html, /<script|\x1b|\u202e/)
  const markdown = markdownOf(report)
  assert.doesNotMatch(markdown, /\x1b|\u202e|^# no/m)
  assert.match(markdown, /^1\\\. no list$/m)
  const outside = markdown.replace(/^ *```text$[\s\S]*?^ *```$/gm, '')
  assert.doesNotMatch(outside, /(?<!\\)[<[\]]/)
  assert.doesNotMatch(onTerminal(report), /\x1b|\u202e/)
})

test('a page loads nothing and runs nothing', () => {
  const html = htmlOf(REPORT)
  assert.doesNotMatch(html, /<script|src=|href="(?!#)|url\(|@import/)
  assert.match(html, /class="status bad">In trouble</)
  assert.match(html, /<title>07:00: 3 delivered, 1 failed<\/title>/)
})

function onTerminal(report: Report): string {
  const texts: string[] = []
  const write = (text: string) => void texts.push(text)
  writeReport({ write, columns: 80, colours: false }, report)
  return texts.join('')
}
