// Side by side: what is to be compared is measured in turns, block by block.
//
// One call in turns with another would not do: a rewrite of megabytes leaves the caches and the disk behind it in a state that the
// next call pays for, whosever it is. So each subject makes tens of calls at a time, on a journal of its own, and the first of
// them don't count.

import { shuffled } from './random.mjs'
import { median, ratios, times } from './statistics.mjs'

/** Of the calls of a block, the first quarter is not counted. */
const counted = (block) => block.slice(Math.ceil(block.length / 4))

/**
 * `groups`: { key, members: { name: { subject, order, prepare } } }. In each round each group has its turn, the groups and the
 * members of each in an order of their own. Puts the `blocks` of times into the members.
 */
export async function interleave(groups, { rounds, random, seen }) {
  for (const { members } of groups) for (const member of Object.values(members)) member.blocks = []
  for (let round = 0; round < rounds; round++) {
    for (const { members } of shuffled(groups, random)) {
      for (const { subject, order, prepare, blocks } of shuffled(Object.values(members), random)) {
        prepare()
        blocks.push(counted(await subject.block(order)))
      }
    }
    seen(round + 1, rounds)
  }
}

/** The key of a group, the times of each member by name, and how many times our median is the JS module's and the bare calls'. */
export function summary({ key, members }) {
  const all = Object.entries(members).map(([name, { blocks }]) => [name, times(blocks.flat())])
  const { js, native, bare } = members
  return {
    ...key,
    times: Object.fromEntries(all),
    toJs: compare(native, js),
    ...(bare && { toBare: compare(native, bare) }),
  }
}

/** How many times the median of `a` is that of `b`, with the spread over the rounds. */
export function compare(a, b) {
  return ratios(a.blocks.map(median), b.blocks.map(median))
}
