// What pages say of the proofs: the results of the last long runs, from results.json, and the steps that mutants take out, from their list.

import fs from 'node:fs'
import { results } from './results.mjs'
import { redraw, table } from '../testkit/drawn.mjs'
import { MUTANTS, TESTS } from './mutants/list.mjs'

const count = (number) => number.toLocaleString('en')

/** By proof: the command of the long run, and what came of it. */
const RUNS = {
  stress: [
    'npm run stress -- --minutes 10',
    ({ rounds, acknowledged, lost, torn, leftovers, failed, journals }) =>
      `${rounds} rounds, ${count(acknowledged)} acknowledged entries: ${lost} lost, ${torn} torn, ${leftovers} files left behind, ` +
      `${failed} calls failed. ${count(journals)} hostile journals were read as the JS module reads them`,
  ],
  control: [
    'npm run stress -- --control',
    ({ acknowledged, lost }) => `the JS module lost ${lost} of ${count(acknowledged)} acknowledged entries`,
  ],
  steps: [
    'JOURNAL_TEST_ALL_STEPS=1 cargo test --test steps',
    ({ deaths, faults, wrong }) => `${count(deaths)} deaths and ${count(faults)} faults: ${wrong} went wrong`,
  ],
  power: [
    'npm run power',
    ({ failures, durable, other, journals, wrong, compared, ours, theirs }) =>
      `with \`durable\`, acknowledged entries were lost in ${durable} of ${failures} failures; without it, in ${other} of ${failures}. ` +
      `${wrong} of ${count(journals)} journals were wrong. Of ${compared} failures that compare both modules, a build missed something behind ` +
      `a stamp of only ours after ${ours}, of only the JS module's after ${theirs}`,
  ],
  filesystems: [
    'npm run filesystems',
    ({ kinds, passed, failed }) => `${kinds} file systems: ${count(passed)} tests passed, ${failed} failed`,
  ],
  mutants: ['npm run mutants', ({ of, caught }) => `${caught} of ${of} mutants were caught`],
  demo: [
    'npm run demo',
    ({ resets, checkpoints }) =>
      `codegraph's resets dropped ${resets.unread} of ${resets.entries} entries unread, checkpoints ${checkpoints.unread} of ` +
      `${checkpoints.entries}; ${resets.lost + checkpoints.lost} were lost`,
  ],
}

const say = (name) => RUNS[name][1](results[name])

/** The text of each page, by its name. */
export function pages() {
  const drawn = {
    'docs/guarantees.md': { results: allResults(), mutants: mutants() },
    ...Object.fromEntries(
      ['stress', 'steps', 'power', 'filesystems', 'mutants'].map((name) => [
        `proof/${name}/README.md`,
        { result: `Last result, ${results[name].date}: ${say(name)}.\n` },
      ]),
    ),
  }
  return Object.fromEntries(
    Object.entries(drawn).map(([page, parts]) => [
      page,
      Object.entries(parts).reduce((text, [name, content]) => redraw(page, text, name, content), read(page)),
    ]),
  )
}

const read = (page) => fs.readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')

const allResults = () =>
  table(
    ['run', 'on', 'result'],
    Object.entries(RUNS).map(([name, [command]]) => [`\`${command}\``, results[name].date, say(name)]),
  )

const mutants = () =>
  table(
    ['the step that is taken out', 'what fails then'],
    MUTANTS.map(({ step, test }) => [step, `\`${TESTS[test].run}\``]),
  )
