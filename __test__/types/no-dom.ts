// Compiled, never run: without the types of the DOM and of Node there is no global `AbortSignal`.
import { Journal, type JournalAbortSignal, markJournalAsync } from 'codegraph-journal'

declare const signal: JournalAbortSignal
export const position: Promise<string | null> = markJournalAsync('/root', { signal })
export const done: Promise<void> = Journal.forRoot('/root').appendAsync([{ file: 'a' }], { signal })
// @ts-expect-error a signal says whether it was aborted
Journal.forRoot('/root').resetAsync(1, { signal: { addEventListener() {}, removeEventListener() {} } })
