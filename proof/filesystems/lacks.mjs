// What a file system can lack, and the tests that are about just that, by their names. They are left out there, and counted as skipped.

/** They expect no warning on standard error. */
const QUIET = ['durable .*: . syncs']

export const LACKS = {
  domain: {
    why: "only its age shows that a lock is a dead writer's, an age is what a waiter has seen, and a write is read back; age.test.mjs has what holds then",
    suites: ['storms', 'steps'],
    tests: [
      'is taken over by ours, .*, once it is older',
      'a native writer killed inside is no obstacle for the next',
      'killed native writers die at any moment',
      'names a killed native writer until the next write',
      'a_write_whose_journal_was_replaced_is_done_again',
      'killed_writers_lose_nothing_acknowledged_and_hold_up_nobody',
    ],
  },
  links: {
    why: 'hard links are unavailable; a write warns that it is degraded, and waits 100 ms',
    tests: [
      ...QUIET,
      'builds beside writers', // thousands of writes
      'a native writer leaves whole names', // killed within 40 ms
      'a journal with a second name',
      'a_journal_grows_and_is_stamped_and_reset',
      'a_journal_with_another_name_is_replaced_so_that_the_other_stays_as_it_is',
    ],
  },
  locks: {
    why: 'a write warns that it is degraded',
    tests: [...QUIET, 'a_journal_grows_and_is_stamped_and_reset'],
  },
  modes: {
    why: 'files have no modes and owners of their own there',
    tests: ['modes umask', 'keeps the mode', "another user's"],
  },
  cache: {
    why: "the kernel's cache of a FUSE file can show a write in parts, to any reader",
    tests: ['beside a native writer that writes', 'never finds a header that is newer than the body'],
  },
}

/** The names to leave out, where these are lacking. */
export const leftOut = (lacks) => [...new Set(lacks.flatMap((lack) => LACKS[lack].tests))]

/** Whether a whole suite is. */
export const isLeftOut = (suite, lacks) => lacks.some((lack) => LACKS[lack].suites?.includes(suite))
