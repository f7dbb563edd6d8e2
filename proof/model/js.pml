/* js.pml: the writer that codegraph publishes (3.11.2, journal.js), with each of its flaws as a switch.
 *
 *   J_EMPTY    the lockfile is created empty and stamped then; an empty one counts as a dead writer's
 *   J_STEAL    judging (read, kill, stat) and stealing (rename, whatever is there by then) are separate steps
 *   J_RELEASE  so are release's read and its unlink, of whatever is there by then
 *   J_FAIL     a stamp that can't be written makes it unlink the lockfile, unread
 *   J_LOCKOUT  the opening after a good steal may fail; the lockfile keeps its own living pid
 *   J_REAL     all of them
 *
 * Without any it is an ideal writer: it creates a stamped lockfile, judges and steals in one step, releases in one. Its rules are
 * the published ones all the same: dead is whoever kill says is, and whatever is over 30 s old.
 */
#ifdef J_REAL
#define J_EMPTY
#define J_STEAL
#define J_RELEASE
#define J_FAIL
#define J_LOCKOUT
#endif
#ifdef M_REAL_PID
#define seems_dead(p)  may_seem_dead(p)
#define seems_alive(p) may_seem_alive(p)
#else                                 /* a native's first line is 1, a pid that lives everywhere */
#define seems_dead(p)  (!is_native(p) && may_seem_dead(p))
#define seems_alive(p) (is_native(p) || may_seem_alive(p))
#endif
#define tell(text) printf(text, w)

inline steal() { robs(w); allocate(x, w); stamp(x, w); name(x); close(x); holds[w] = 1; tell("J%d rename over the lockfile\n") }

proctype js(byte w) {
  byte x;                             /* the lockfile that it has created, open */
  byte seen;                           /* as read */
  byte f; byte c;                     /* the journal that it appends to; a copy of it */
  bool failed, locked_out;            /* at most once each */
  {
    skip;
TRY:
    atomic {                          /* open(lockfile, 'wx') */
      if
      :: L != 0 -> goto JUDGE
      :: else -> allocate(x, w); name(x); obtain(w); tell("J%d creates the lockfile\n")
      fi;
#ifndef J_EMPTY
      stamp(x, w)
#endif
    };
    if
    :: atomic { stamp(x, w); close(x); tell("J%d stamps it\n") }; goto HELD
#ifdef J_FAIL
    :: atomic { !failed -> failed = 1; close(x); tell("J%d can not stamp it\n") };
       atomic { robs(w); unlink(); let_go(w); tell("J%d unlinks the lockfile\n") };
       goto TRY
#endif
    fi;

JUDGE:
#ifdef J_STEAL
    atomic {                          /* read */
      if
      :: L == 0 -> goto TRY
      :: L != 0 && !I[L].stamped -> judges(w); tell("J%d judge: empty\n"); goto STEAL
      :: L != 0 && I[L].stamped -> judges(w); seen = I[L].who
      fi
    };
    atomic {                          /* kill */
      if
      :: seems_dead(seen)  -> tell("J%d judge: its pid is dead\n"); goto STEAL
      :: seems_alive(seen) -> seen = 0
      fi
    };
    atomic {                          /* stat */
      if
      :: L != 0 && is_old(L) -> tell("J%d judge: over 30 s old\n")
      :: else -> judged(w); goto TRY
      fi
    };
STEAL:
    atomic { seen = 0; steal(); obtain(w); judged(w) };
    atomic { if :: L != 0 && I[L].who == w -> tell("J%d has stolen it\n") :: else -> tell("J%d has lost it\n"); let_go(w); goto TRY fi };
#else
    atomic {
      if
      :: L == 0 -> goto TRY
      :: L != 0 && (!I[L].stamped || seems_dead(I[L].who) || is_old(L)) -> steal(); obtain(w)
      :: L != 0 && (I[L].stamped && seems_alive(I[L].who) && !is_old(L)) -> goto TRY
      fi
    };
#endif
    if                                /* open(lockfile, 'r+') */
    :: atomic { L != 0 -> tell("J%d opens it\n") }
    :: atomic { L == 0 -> let_go(w) }; goto TRY
#ifdef J_LOCKOUT
    :: atomic { !locked_out -> locked_out = 1; let_go(w); tell("J%d can not open it\n") }; goto TRY
#endif
    fi;

HELD:
    atomic { enter(w) };
#ifndef NO_WRITES
    if
    :: atomic { f = J; opened[f]++ };                        /* appendFile: open, write */
       atomic { if :: f == J -> set = set | bit(w) :: else fi; opened[f]--; f = 0; tell("J%d appends\n") }
    :: atomic { c = set; tell("J%d reads the journal\n") };
       atomic { set = c | bit(w); c = 0; head = w; put_journal(); tell("J%d renames over the journal\n") }
    fi;
#endif
    atomic {                          /* read(lockfile) */
      leave(w);
      if
      :: L != 0 && I[L].who == w -> skip
      :: else -> tell("J%d has lost the lockfile\n"); goto DONE
      fi;
#ifdef J_RELEASE
    };
    atomic {
#endif
      robs(w); unlink(); tell("J%d unlinks the lockfile\n")
    };
DONE:
    atomic { let_go(w); acked = acked | bit(w); alive[w] = 0; done++; tell("J%d exits\n") }
  } unless {
    killed[w] -> d_step {
      close(x); judged(w); leave(w); let_go(w);
      if :: f != 0 -> opened[f]-- :: else fi;
      alive[w] = 0; done++; seen = 0; f = 0; c = 0; failed = 0; locked_out = 0; tell("J%d is dead\n")
    }
  }
}
