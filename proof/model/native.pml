/* native.pml: our writer on Unix, with the step names of core/src/lock/mod.rs.
 *
 * NO_FLOCK, RENAME, NO_LINK: the fallbacks. M_...: mutants, each with one step left out or misplaced.
 */
mtype = { confirm, look_before, look_after };
#define say(text) printf(text, w)

/* What is done to the journal. */
#define APPEND  1                     /* entries, then the stamp, both in place */
#define REPLACE 2                     /* the same where the header is odd: read, write a private file, rename */
#define RESET   3                     /* rename without reading */

/* The domain in a native's claim; is it ours? */
#ifdef M_UNGUARDED_DOMAIN
#define claimed(who) (domain(who) == 0 -> 1 : domain(who))
#else
#define claimed(who) domain(who)
#endif
#if defined(M_FOREIGN_TRUSTED)
#define ours(who) 1
#elif defined(M_UNGUARDED_TRUSTS)
#define ours(who) (claimed(who) != 0 && (claimed(who) == domain(w) || domain(w) == 0))
#else
#define ours(who) (claimed(who) == domain(w) && domain(w) != 0)
#endif
#define dead_native(x) (I[x].stamped && is_native(I[x].who) && ours(I[x].who))
#define kept_claim kept(domain(w))
/* May the kept claim be used again? Its age; whose claim is in it. */
#ifdef SET_BACK
#define is_from_future(x) I[x].future
#else
#define is_from_future(x) 0
#endif
#ifdef M_KEPT_AGE
#define kept_is_old(x) 0
#else
#define kept_is_old(x) (I[x].age == 2 || is_from_future(x))
#endif
#ifdef M_KEPT_FOREIGN
#define kept_is_ours(x) 1
#else
#define kept_is_ours(x) (I[x].stamped && is_native(I[x].who) && claimed(I[x].who) == domain(w))
#endif
#ifdef M_NO_GRACE
#define GRACE 0
#else
#define GRACE 1
#endif
/* Must the take-over of a dead native's settle? If others judge it by age, too; if it was taken over itself, for others may have
 * judged it before that, or while it was empty; and if its mtime can't tell its age. */
#ifdef M_EMPTY_UNMARKED
#define seen_empty 0
#else
#define seen_empty 1
#endif
#if defined(SET_BACK) && !defined(M_UNTIMELY_UNSETTLED)
#define untimely(x) I[x].future
#else
#define untimely(x) 0
#endif
#ifdef M_OWN_UNSETTLED
#define own_contested 0
#elif defined(M_UNMARKED)
#define own_contested (a == 2)
#else
#define own_contested (a == 2 || I[x].taken || untimely(x))
#endif
#ifdef LIVE                           /* settling is just a delay then */
#define settled 1
#else
#define settled (n_judging == 0)
#endif

/* Lock::is_ours: open the lockfile's name, then read the inode that was opened. */
#define IS_OURS(step, no, then) \
  atomic { if :: L != 0 -> x = L; I[x].refs++ :: else -> lose(w); printf("N%d %e: no lockfile\n", w, step); goto no fi }; \
  atomic { \
    if \
    :: I[x].stamped && I[x].who == w -> close(x); then \
    :: else -> close(x); lose(w); printf("N%d %e: the nonce is not ours\n", w, step); goto no \
    fi \
  }

/* The age of a lockfile, when the clock was read. By its mtime: 0 for one from the future. COARSE: an mtime of whole seconds can't tell
 * 0.5 s. By watching: since the same lockfile was seen for the first time. */
#define too_late(a) (since[w] == 3 || since[w] == 2 && a == 1)
#if defined(M_COARSE_TRUSTED)
#define mtime_age(x) (I[x].age == 0 -> 1 : I[x].age)
#elif defined(COARSE)
#define mtime_age(x) (is_old(x) -> 2 : 0)
#elif defined(SET_BACK)
#define mtime_age(x) (I[x].future -> 0 : I[x].age)
#else
#define mtime_age(x) I[x].age
#endif
#if defined(M_COARSE_TRUSTED) || defined(M_NO_WATCH)
#define untrusted(x) 0
#elif defined(COARSE)
#define untrusted(x) 1
#elif defined(SET_BACK)
#define untrusted(x) I[x].future
#endif
#define stamp_in(x) (I[x].stamped -> I[x].who : 0)
#if defined(M_STALE_WATCH)
#define unchanged (seen != 0)
#elif defined(WATCH_BY_MTIME)
#define unchanged (seen != 0 && stamp_in(x) == stamp_seen && I[x].mtime == mtime_seen)
#elif defined(M_WATCH_BY_STAMP)
#define unchanged (seen != 0 && stamp_in(x) == stamp_seen)
#else
#define unchanged (seen == x && stamp_in(x) == stamp_seen)
#endif
#ifdef WATCH_BY_MTIME                 /* an empty lockfile is watched for so long that the next one has another mtime */
#define mtime_of(x) mtime_seen = I[x].mtime
#define is_told(x)  (I[x].stamped || watched[w] == 3)
#else
#define mtime_of(x) skip
#define is_told(x)  1
#endif
#ifdef M_WATCH_CLOSED                 /* the inode's number is kept, not the inode */
#define watch(x) seen = x
#define unwatch  seen = 0
#else
#define watch(x) seen = x; I[x].refs++
#define unwatch  close(seen)
#endif
#ifdef M_WATCH_EARLY                  /* counted from the clock that was read before the opening */
#define WATCH_BEGUN since[w]
#else
#define WATCH_BEGUN 1
#endif
#ifdef WATCH
#define stop_watching unwatch; stamp_seen = 0; mtime_seen = 0; watched[w] = 0
#else
#define stop_watching skip
#endif

/* A guard with another name is as good as none. */
#ifdef M_SHARED_WAITS
#define looks_shared (shared && G[1] == 0)
#else
#define looks_shared shared
#endif
#if SHARED_GUARD > 0 && !defined(M_NAMES_UNSEEN)
#define guard_is_ours (G[domain(w)] == w && !shared)
#else
#define guard_is_ours (G[domain(w)] == w)
#endif
inline unlock(w) { if :: G[domain(w)] == w -> G[domain(w)] = 0 :: else fi }

inline lose(w)   { leave(w); let_go(w) }
inline drop(x)   { judged(w); close(x); a = 0; since[w] = 0 }
#ifdef SLEEPY_JUDGE                   /* until it has judged the lockfile stale */
#define prompt_judge(w) skip
#else
#define prompt_judge(w) if :: !sleepy(w) -> be_prompt(w) :: else fi
#endif
inline unname(x) { if :: named != 0 -> named = 0; old_ = x; close(old_) :: else fi }

proctype native(byte w) {
  bool kept_p;                        /* is our private inode the kept claim, whose name stays? */
  byte p; byte named;                 /* our private inode, open; the directory in which it has its private name */
  byte x; byte a; bool contested;     /* the lockfile that is judged or read, open; its age; must a take-over settle? */
#ifdef WATCH
  byte seen; byte stamp_seen; byte mtime_seen;  /* the lockfile that is watched, open; whose stamp was in it, 0 for none */
#endif
  byte op; byte f; byte c;            /* what to write; the journal's inode; a copy of the journal, or a pid */
  {
    skip;
    select(op : FIRST_OP .. LAST_OP);

GUARD: /* open it, lock it, look at its path: one step, for all of it is done again until it works */
    atomic {
#if SHARED_GUARD > 0
      if
      :: looks_shared -> dom[w] = 0
      :: !shared && G[1] == 0 -> dom[w] = 1; G[1] = w
      fi;
#else
      domain(w) == 0 || G[domain(w)] == 0 -> if :: domain(w) != 0 -> G[domain(w)] = w :: else fi;
#endif
      if :: directory == 0 -> directories++; directory = directories :: else fi;
      if :: domain(w) != 0 -> say("N%d guard: locked\n") :: else -> say("N%d guard: no kernel lock\n") fi
    };

    goto PREPARE;

REACQUIRE: /* with the guard that we have */
    atomic { c = 0; stop_watching; if :: domain(w) == 0 -> goto GUARD :: else fi };

PREPARE: /* write the claim into a private file; again before every further try */
#ifdef NO_LINK
    atomic {                          /* the fallback: create the lockfile itself, empty, and stamp it then */
      if
      :: L == 0 -> allocate(p, w); name(p); obtain(w); say("N%d publish: the lockfile is created, empty\n")
      :: else -> goto JUDGE
      fi
    };
    atomic { stamp(p, w); I[p].taken = seen_empty; close(p); say("N%d publish: stamped\n") };
    goto SETTLE;
#else
#ifdef KEPT
    if :: p == 0 && domain(w) != 0 -> skip :: else -> goto PRIVATE fi;
    /* the kept claim, if it can be used again: open it; fstat; read */
    atomic { if :: kept_claim != 0 -> p = kept_claim; I[p].refs++ :: else -> goto FRESH fi };
#ifndef M_KEPT_NAMES
    atomic { if :: p == L -> close(p); say("N%d prepare: the kept claim has another name\n"); goto FRESH :: else fi };
#endif
    atomic { if :: kept_is_old(p) -> close(p); say("N%d prepare: the kept claim is old\n"); goto FRESH :: else fi };
    atomic {
      if
      :: kept_is_ours(p) -> kept_p = 1; say("N%d prepare: the kept claim is used again\n"); goto PRIVATE
      :: else -> close(p); say("N%d prepare: the kept claim is another's\n")
      fi
    };
FRESH: /* a new kept claim: unlink the old one; create the file, still empty */
    atomic { if :: kept_claim != 0 -> keep(domain(w), 0) :: else fi };
    atomic {
      if
      :: directory == 0 -> say("N%d prepare: no directory\n"); goto GUARD
      :: directory != 0 && kept_claim != 0 -> goto PRIVATE /* by somebody with another guard */
      :: directory != 0 && kept_claim == 0 -> allocate(p, w); keep(domain(w), p); kept_p = 1; say("N%d prepare: a new kept claim\n")
      fi
    };
PRIVATE:
#endif
    atomic {
      if
      :: p == 0 && directory == 0 -> say("N%d prepare: no directory\n"); goto GUARD
      :: p == 0 && directory != 0 -> allocate(p, w); I[p].refs++; named = directory
      :: p != 0
      fi;
#ifndef M_RENAME_EMPTY
      stamp(p, w);
#endif
      if :: !sleepy(w) -> be_prompt(w) :: else fi
    };

PUBLISH: /* link(private, lockfile); RENAME: renameat2(private, lockfile, RENAME_NOREPLACE) */
    atomic {
      if
#ifdef KEPT                           /* whatever has the kept file's name now gets the lockfile's too */
      :: kept_p && kept_claim == 0 -> not_prompt(w); kept_p = 0; close(p); say("N%d publish: the kept claim is gone\n"); goto CHECK_GUARD
      :: kept_p && kept_claim == p && L == 0 -> name(p); obtain(w); say("N%d publish: the kept claim is linked\n"); goto PUBLISHED
      :: kept_p && kept_claim != 0 && kept_claim != p && L == 0 -> name(kept_claim); not_prompt(w); kept_p = 0; close(p); say("N%d publish: another claim is linked\n"); goto CHECK_GUARD
      :: kept_p && kept_claim != 0 && L != 0 -> not_prompt(w); goto JUDGE
#endif
      :: !kept_p && named != directory -> not_prompt(w); unname(p); close(p); say("N%d publish: the private name is gone\n"); goto PREPARE
#ifdef RENAME
      :: named == directory && L == 0 -> L = p; named = 0; obtain(w); say("N%d publish: renamed\n")
#else
      :: !kept_p && named == directory && L == 0 -> name(p); obtain(w); say("N%d publish: linked\n"); goto PUBLISHED
#endif
#ifdef M_RENAME_REPLACES
      :: named == directory && L != 0 -> robs(w); old_ = L; L = p; close(old_); named = 0; obtain(w); say("N%d publish: replaced\n")
#else
      :: !kept_p && named == directory && L != 0 -> not_prompt(w); goto JUDGE
#endif
      fi
    };
#ifdef M_RENAME_EMPTY
    atomic { stamp(p, w); say("N%d publish: stamped\n") };
#endif
    goto PUBLISHED;
#endif

#ifdef KEPT
CHECK_GUARD: /* was the kept claim only swept, or is there another guard, whose natives use it? */
    atomic { if :: guard_is_ours -> skip :: else -> unlock(w); say("N%d publish: the guard is not ours\n"); goto GUARD fi };
    goto PREPARE;
#endif

JUDGE: /* read the clock, then open and fstat, then read, then kill */
#ifdef M_CLOCK_AFTER_OPENING
    atomic { if :: L == 0 -> goto PREPARE :: else -> x = L; I[x].refs++; a = mtime_age(x); since[w] = 1 fi };
    atomic { if :: a < since[w] - 1 -> a = since[w] - 1 :: else fi; since[w] = 1; if :: a > 0 -> judges(w) :: else fi };
#else
    atomic { since[w] = 1; prompt_judge(w) };
    atomic {
      if
      :: L == 0 -> drop(x); goto PREPARE
      :: else -> x = L; I[x].refs++; a = mtime_age(x);
           if :: too_late(a) -> a = 0 :: else fi;
           if :: a > 0 -> judges(w) :: else fi
      fi
    };
#endif
    atomic {
#ifdef M_SAME_CLOCK
      since[w] = 0;
#endif
#ifdef WATCH
      if
      :: !untrusted(x) -> stop_watching
      :: untrusted(x) && unchanged -> if :: is_told(x) && watched[w] - 1 > a && !too_late(watched[w] - 1) -> a = watched[w] - 1; judges(w) :: else fi
      :: untrusted(x) && !unchanged -> unwatch; watch(x); stamp_seen = stamp_in(x); mtime_of(x); watched[w] = WATCH_BEGUN
      fi;
#endif
      if
      :: dead_native(x) -> judges(w); contested = own_contested; say("N%d judge: a dead native\n"); goto OWN
      :: else -> contested = 1
      fi;
      if
      :: a == 2 -> say("N%d judge: over 30.5 s old\n"); goto TAKE_OVER
      :: a < 2 && a >= GRACE && !I[x].stamped -> judges(w); say("N%d judge: empty\n"); goto TAKE_OVER
      :: a < 2 && a >= GRACE && I[x].stamped && !is_native(I[x].who) -> judges(w); c = I[x].who
      :: else -> drop(x); goto PREPARE
      fi
    };
    atomic {
      if
      :: may_seem_dead(c)  -> c = 0; say("N%d judge: its pid is dead\n"); goto TAKE_OVER
      :: may_seem_alive(c) -> c = 0; drop(x); goto PREPARE
      fi
    };
OWN:
#ifndef M_ANY_GUARD
    atomic {
      if
      :: guard_is_ours || domain(w) == 0
      :: else -> drop(x); contested = 0; unlock(w); say("N%d judge: the guard is not ours\n"); goto GUARD
      fi
    };
#endif

TAKE_OVER: /* write the claim through the descriptor of the inode judged */
    atomic {
      if
      :: L == x && I[x].who != w && holds[I[x].who] ->
#ifndef LIVE                          /* there lockfiles get old, and settling ends, whoever is about to act */
           assert(a == 2 || directories > 1);
#endif
           fault = 1; say("N%d robs a living holder\n")
      :: else
      fi;
#ifdef M_FUTURE_IS_YOUNG                   /* by the clock that was set back it is 0 s old */
      if :: I[x].future -> since[w] = 0 :: else fi;
#endif
      stamp(x, w); I[x].taken = contested;
#ifndef M_SAME_CLOCK                        /* read the clock again: was it young still, when it was written to? */
      contested = contested || since[w] == 3;
#endif
      drop(x); if :: !sleepy(w) -> be_prompt(w) :: else fi; say("N%d take over: written\n");
      if :: !contested -> goto CONFIRM :: else -> contested = 0 fi
    };

SETTLE: /* until everybody who judged before has acted */
#ifndef M_NO_SETTLE
    atomic { settled -> say("N%d settle: done\n") };
#endif

CONFIRM:
#ifndef M_NO_CONFIRM
    IS_OURS(confirm, PREPARE, obtain(w));
#endif

    /* taken over: the private name goes */
    atomic { kept_p = 0; unname(p); close(p); stop_watching; obtain(w) };
    goto LOOK_BEFORE;

PUBLISHED: /* the private name goes. The lockfile was ours a moment ago: no look before */
    atomic {
      kept_p = 0; unname(p); close(p); stop_watching; obtain(w); enter(w)
    };
    goto WRITE;

LOOK_BEFORE:
#ifndef M_NO_LOOK_BEFORE
    IS_OURS(look_before, REACQUIRE, enter(w));
#else
    atomic { enter(w) };
#endif

WRITE:
#ifndef NO_WRITES
    if
    :: atomic { op == APPEND && J != 0 -> f = J; opened[f]++; say("N%d write: open the journal\n") };
#ifdef M_STAMP_FIRST
       atomic { if :: f == J -> head = w :: else fi; say("N%d write: stamp\n") };
#endif
       atomic { if :: f == J -> set = set | bit(w) :: else fi; say("N%d write: append\n") };
#ifndef M_STAMP_FIRST
       atomic { if :: f == J -> head = w :: else fi; say("N%d write: stamp\n") };
#endif
#ifdef M_CLOSED_JOURNAL
       atomic { opened[f]-- }
#endif
    :: atomic { op == REPLACE || op == APPEND && J == 0 -> c = set; say("N%d write: read the journal\n") };
#ifndef M_NO_LOOK_BEFORE              /* once more, for writing the private file has taken its time */
       IS_OURS(look_before, REACQUIRE, skip);
#endif
       atomic {
         if
         :: directory == 0 -> goto REACQUIRE
#ifndef M_CREATE_BY_RENAME                         /* a missing journal is created by link, which replaces nothing */
         :: directory != 0 && op == APPEND && J != 0 -> c = 0; goto LOOK_BEFORE
         :: directory != 0 && !(op == APPEND && J != 0) ->
#else
         :: directory != 0 ->
#endif
              set = c | bit(w); c = 0; head = w; put_journal(); f = J; say("N%d write: rename over the journal\n")
         fi
       }
    :: atomic { op == RESET };
#ifndef M_NO_LOOK_BEFORE
       IS_OURS(look_before, REACQUIRE, skip);
#endif
       atomic { dropped = dropped | set; set = bit(w); head = w; put_journal(); f = J; say("N%d write: reset\n") }
    fi;

    /* look after: at the journal's path; release's own look at the lockfile follows */
#ifndef M_NO_JOURNAL_LOOK
    atomic {
      old_ = f; f = 0;
#ifndef M_CLOSED_JOURNAL
      if :: opened[old_] > 0 -> opened[old_]-- :: else fi;
#endif
      if :: J == old_ -> old_ = 0 :: else -> old_ = 0; say("N%d look after: the journal was replaced\n"); goto LOOK_BEFORE fi
    };
#endif
#endif
#ifndef M_NO_LOOK_AFTER
    IS_OURS(look_after, LOOK_BEFORE, skip);
#endif

    /* release */
    atomic {
      assert(L == 0 || I[L].who == w || fault);
      unlink(); lose(w); say("N%d release: unlink\n")
    };
    acked = acked | bit(w);
    atomic {
      lose(w); f = 0; c = 0; unlock(w);
      alive[w] = 0; done++; printf("N%d exits\n", w)
    }
  } unless {
    killed[w] -> d_step {             /* descriptors close, and with them the guard is free; names stay */
      if :: named != 0 -> litter++ :: else fi;
      close(p); drop(x); lose(w); stop_watching; unlock(w);
      if :: f != 0 && opened[f] > 0 -> opened[f]-- :: else fi;
      alive[w] = 0; done++; named = 0; kept_p = 0; contested = 0; f = 0; c = 0; printf("N%d is dead\n", w)
    }
  }
}
