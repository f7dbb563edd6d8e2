/* world.pml: what the writers share (names, inodes, processes, time, the journal) and what must hold.
 *
 * One statement, an atomic or a d_step, is one system call. Between any two of them another writer may run, a process may be
 * killed, time may pass. The switches (-D) are told in README.md.
 */
#define NW (NJS + NNATIVE)            /* writers 1..NJS are JS, the others native; each makes one update and exits */
#if !defined(NO_LINK) && !defined(RENAME)
#define KEPT                          /* natives of a known lock domain use the inode of a lockfile again */
#endif
#define EARLIER 0                     /* a native of domain 1 that has long exited, for what it left */
#define is_native(w) ((w) > NJS || (w) == EARLIER)
#define bit(w) (1 << (w))

/* Lock domains: the last UNGUARDED natives have no kernel lock and are of the unknown domain, 0; the FOREIGN ones before them are
 * of domain 2, the others of 1. NO_FLOCK: all are unguarded. SHARED_GUARD: each is what it found when it came to the guard. */
#ifdef NO_FLOCK
#define unguarded(w) 1
#else
#define unguarded(w) ((w) > NW - UNGUARDED)
#endif
#if SHARED_GUARD > 0
byte dom[NW + 1];                     /* dom[EARLIER] is set by init */
#define domain(w) dom[w]
#else
#define domain(w) (unguarded(w) -> 0 : 1 + ((w) > NW - UNGUARDED - FOREIGN))
#endif

/* ---------------------------------------------------------------------------------------------- the directory */
typedef inode {
  byte refs;                          /* names and descriptors; at 0 it is free, and its number may be used again */
  byte who;                           /* its creator, then whoever stamped it last: stands for the nonce */
  bool stamped;                       /* false: still empty */
  bool taken;                         /* others may have judged it: it was taken over, or seen empty; a word in its claim */
  byte age;                           /* of its mtime: 0 fresh, 1 over the grace of 0.5 s, 2 over 30.5 s */
#ifdef SET_BACK
  bool future;                        /* the clock was set back: by its mtime its age reads as 0 for ever */
#endif
#ifdef WATCH_BY_MTIME
  byte mtime;
#endif
}
inode I[NI + 1];                      /* I[0] unused */
byte L;                               /* the name changes.journal.lock -> inode; 0: no such file */
#ifdef KEPT
byte S[3];                            /* the name of the kept claim of each domain -> inode; 0: no such file */
#endif
byte G[3];                            /* by domain: who has the kernel lock on the file that is named the guard; 0: nobody */
byte directory = 1;                   /* which one it is, if it was removed and made again; 0: there is none */
byte directories = 1;                 /* so many there were */
#if SHARED_GUARD > 0
bool shared;                          /* the guard has another name, in a copy of the directory */
#define STRANGER 255                  /* somebody who has its kernel lock by that name */
#endif
byte litter;                          /* private names that killed writers left */
byte old_;                            /* scratch, 0 between steps */

#ifdef WATCH_BY_MTIME
byte clock_now;                       /* in steps of 31 s: what an mtime of whole seconds surely tells apart */
#define at_now(x) I[x].mtime = clock_now
#else
#define at_now(x) skip
#endif
#ifdef SET_BACK
#define is_old(x) (I[x].age == 2 && !I[x].future)
inline fresh(x) { I[x].age = 0; I[x].future = 0; at_now(x) }
#else
#define is_old(x) (I[x].age == 2)
inline fresh(x) { I[x].age = 0; at_now(x) }
#endif
inline allocate(x, w) {
  x = 1; do :: I[x].refs > 0 -> x++ :: else -> break od;
  I[x].refs = 1; I[x].who = w; at_now(x)
}
inline close(x) {
  if
  :: x != 0 -> I[x].refs--; if :: I[x].refs == 0 -> I[x].who = 0; I[x].stamped = 0; I[x].taken = 0; fresh(x) :: else fi
  :: else
  fi;
  x = 0
}
inline name(x)     { old_ = L; L = x; if :: x != 0 -> I[x].refs++ :: else fi; close(old_) }
inline unlink()    { name(0) }
#ifdef KEPT
#ifdef M_KEPT_SHARED
#define kept(d) S[1]
#else
#define kept(d) S[d]
#endif
inline keep(d, x)  { old_ = kept(d); kept(d) = x; if :: x != 0 -> I[x].refs++ :: else fi; close(old_) }
#else
#define keep(d, x) skip
#endif
inline stamp(x, w) { I[x].who = w; I[x].stamped = 1; I[x].taken = 0; fresh(x) }

/* ---------------------------------------------------------------------------------------------- processes and time */
bool alive[NW + 1];                   /* the pid exists */
bool killed[NW + 1];
bool holds[NW + 1];                   /* from having the lockfile to having released it, or knowing that it is lost */
bool judging[NW + 1];                 /* may yet take a lock that it has judged; n_judging of them */
bool prompt[NW + 1];                  /* assumed not to be suspended now; n_prompt of them */
byte since[NW + 1];                   /* 1: has read the clock and not used it yet; 2, 3: and 0.6 s, 31 s have passed since */
byte n_judging, n_prompt, done;
#ifdef WATCH
byte watched[NW + 1];                 /* by the monotonic clock: 1: has begun to watch the lockfile; 2, 3: 0.6 s, 31 s ago */
#define grows_older(a) if :: watched[w] > 0 && watched[w] <= a -> watched[w] = a + 1 :: else fi
#define is_watching(a) (watched[1] == a || watched[(NW + 1) / 2] == a || watched[NW] == a) /* NW <= 3 */
#define may_pass 1                    /* also while there is no lockfile: a watch goes on */
#else
#define grows_older(a) skip
#define may_pass (L != 0)
#endif
bool fault;                           /* somebody was robbed: by JS, or by a native after 30.5 s, as JS's own rule says */

#define sleepy(w) (is_native(w) && SLEEPY_NATIVE || !is_native(w) && SLEEPY_JS)
inline be_prompt(w)  { if :: !prompt[w] -> prompt[w] = 1; n_prompt++ :: else fi }
inline not_prompt(w) { if ::  prompt[w] -> prompt[w] = 0; n_prompt-- :: else fi }
inline obtain(w)     { holds[w] = 1; if :: sleepy(w) -> not_prompt(w) :: else -> be_prompt(w) fi }
inline let_go(w)     { holds[w] = 0; not_prompt(w) }
inline judges(w) {
  if :: !judging[w] -> judging[w] = 1; n_judging++ :: else fi;
  if :: !sleepy(w) -> be_prompt(w) :: else fi
}
inline judged(w) {
  if :: judging[w] -> judging[w] = 0; n_judging-- :: else fi;
  if :: !holds[w] -> not_prompt(w) :: else fi
}

/* What kill(p, 0) may say. */
#ifdef NAMESPACES                     /* a live process of another PID namespace seems dead */
#define may_seem_dead(p)  1
#else
#define may_seem_dead(p)  (!alive[p])
#endif
#ifdef PID_REUSE                      /* a dead one's pid may be somebody else's by now */
#define may_seem_alive(p) 1
#else
#define may_seem_alive(p) (alive[p])
#endif

#ifdef KILL_JS
#define KILLABLE NJS
#else
#define KILLABLE NW
#endif
proctype killer() {                   /* SIGKILL, at any step of anybody */
  byte n = KILLS; byte w;
end:
  do
  :: atomic {
       n > 0 && done < NW -> n--;
       select(w : 1 .. KILLABLE);
       if :: alive[w] && !killed[w] -> killed[w] = 1; printf("-- SIGKILL to %d\n", w) :: else fi;
       w = 0
     }
  od
}

/* Everything gets older, for everybody who is not prompt. A sleeper that was about to take a lock is not waited for any more. */
inline pass(a) {
#ifdef WATCH_BY_MTIME
  if :: a == 2 -> clock_now++ :: else fi;
#endif
  w = 1;
  do
  :: w <= NW ->
       judged(w);
       if :: since[w] > 0 && since[w] <= a -> since[w] = a + 1 :: else fi;
       grows_older(a);
       w++
  :: else -> break
  od;
  w = 1;
  do :: w <= NI -> if :: I[w].refs > 0 && I[w].age < a -> I[w].age = a :: else fi; w++ :: else -> break od;
  w = 0
}
#define all_watch(a) w = 1; do :: w <= NW -> grows_older(a); w++ :: else -> break od; w = 0
#define is_left (L != 0 && !holds[I[L].who] && !(is_native(I[L].who) && prompt[I[L].who]))
proctype clock() {
  byte halves = HALVES; byte leaps = LEAPS; byte w;
#ifdef SET_BACK
  bool set_back;
#endif
end:
  do
  :: d_step { halves > 0 && may_pass && n_prompt == 0 -> halves--; pass(1); printf("-- 0.6 s pass\n") }
  :: d_step { leaps > 0 && may_pass && n_prompt == 0 -> leaps--; pass(2); printf("-- 31 s pass\n") }
#ifdef LIVE                           /* a lockfile that nobody holds, or is about to, gets old sooner or later */
  :: d_step { LEAPS > 0 && is_left && I[L].age < 2 -> I[L].age = 2 }
  :: d_step { HALVES > 0 && is_left && I[L].age < 1 -> I[L].age = 1 }
#ifdef WATCH
  :: d_step { LEAPS > 0 && is_left && (is_watching(1) || is_watching(2)) -> all_watch(2) }
  :: d_step { HALVES > 0 && is_left && is_watching(1) -> all_watch(1) }
#endif
#endif
#ifdef SET_BACK                       /* every file that there is has an mtime in the future then */
  :: d_step {
       !set_back && L != 0 -> set_back = 1; w = 1;
#ifdef WATCH_BY_MTIME
       clock_now++;                   /* no mtime from before is used again */
#endif
       do :: w <= NI -> I[w].future = (I[w].refs > 0); w++ :: else -> break od;
       w = 0;
       printf("-- the clock is set back\n")
     }
#endif
  od
}

/* ---------------------------------------------------------------------------------------------- the journal */
byte J = 1;                           /* the name changes.journal -> inode; 0: no such file */
byte set;                             /* the updates in it: bit(w) is writer w's */
byte head;                            /* who stamped its header; 0: nobody */
byte opened[NW + 4];                  /* descriptors of each inode: while there are any, its number is not used again */
byte acked;                           /* updates whose writer was told so */
byte dropped;                         /* updates dropped on purpose, by a reset */

inline put_journal() {                /* rename(private, journal): the lowest number that is free, as ext4 does it */
  old_ = 1; do :: old_ == J || opened[old_] > 0 -> old_++ :: else -> break od;
  J = old_; old_ = 0
}
/* codegraph's engine: resets the journal without any lock. */
proctype engine() {
  byte n = RESETS;
  do
  :: d_step { n > 0 -> n--; dropped = dropped | set; set = 0; head = 0; put_journal(); printf("E rename(tmp, journal), unlocked\n") }
  :: n > 0 -> n--
  :: n == 0 -> break
  od
}
#ifdef KEPT
/* Any writer sweeps a kept claim that has grown old; here of any age, for its look and its unlink are two steps. */
proctype sweeper() {
  byte n = SWEEPS;
end:
  do
  :: d_step { n > 0 && S[1] != 0 -> n--; keep(1, 0); printf("R sweeps the kept claim\n") }
  od
}
#endif
/* Somebody removes the whole directory. */
proctype remover() {
  d_step {
    directory = 0; G[1] = 0; G[2] = 0; unlink(); keep(1, 0); keep(2, 0); fault = 1; dropped = dropped | set; set = 0; head = 0; J = 0;
    printf("R rm -rf .codegraph\n")
  }
}

#if SHARED_GUARD > 0
/* cp -al of the directory gives the guard another name there; once that copy is gone it has one name again. A writer of the copy may
 * have its kernel lock, for as long as it likes. */
proctype copier() {
  byte n = SHARED_GUARD;
end:
  do
  :: d_step {
       n > 0 && !shared -> n--; shared = 1; if :: G[1] == 0 -> G[1] = STRANGER :: else fi;
       printf("R cp -al .codegraph copy\n")
     }
  :: d_step {
       n > 0 && shared -> n--; shared = 0; if :: G[1] == STRANGER -> G[1] = 0 :: else fi;
       printf("R rm -rf copy\n")
     }
  od
}
#endif

/* ---------------------------------------------------------------------------------------------- what must hold */
bool inside[NW + 1];                  /* from look before to look after; JS: from the lock to its last write */
byte js_in, native_in, domain_in[3];

/* Writer w replaces or removes the lockfile. */
inline robs(w) { if :: L != 0 && I[L].who != w && holds[I[L].who] -> fault = 1 :: else fi }

inline enter(w) {
  if
  :: !inside[w] ->
       inside[w] = 1;
       if
       :: is_native(w) -> native_in++; domain_in[domain(w)]++;
#ifndef REMOVER
            assert(domain(w) == 0 || domain_in[domain(w)] == 1)        /* whatever happens, whatever JS does */
#else
            skip
#endif
       :: else -> js_in++
       fi;
#if defined(EXCLUSION)                /* nobody beside anybody */
       assert(native_in + js_in == 1)
#elif defined(INNOCENT)               /* no native beside anybody, unless somebody was robbed before */
       assert(native_in + js_in == 1 || native_in == 0 || fault)
#elif defined(ALONE)                  /* no native beside anybody */
       assert(native_in + js_in == 1 || native_in == 0)
#else
       skip
#endif
  :: else
  fi
}
inline leave(w) {
  if
  :: inside[w] ->
       inside[w] = 0;
       if :: is_native(w) -> native_in--; domain_in[domain(w)]-- :: else -> js_in-- fi
  :: else
  fi
}
#ifdef NO_WRITES
#define lost    0
#else
#define lost    (acked & ~(set | dropped))
#endif
#define natives ((bit(NW + 1) - 1) & ~(bit(NJS + 1) - 1))
inline check_end() {
  printf("END: in the journal %d, acknowledged %d, dropped %d\n", set, acked, dropped);
#ifdef NONE_LOST                      /* no acknowledged update */
  assert(lost == 0);
#endif
#ifdef NATIVES_KEPT                   /* no native's acknowledged update */
  assert((lost & natives) == 0);
#endif
#ifdef INNOCENT
  assert((lost & natives) == 0 || fault);
#endif
#ifdef HEADER                         /* the journal is never stamped by a write that is not in it */
  assert(head == 0 || ((set | dropped) & bit(head)));
#endif
#ifdef CLEAN                          /* nothing is left, but by the killed */
  assert(L == 0 || killed[I[L].who]);
  assert(litter == 0 || KILLS > 0);
  assert(G[1] > NW || G[1] == 0 && G[2] == 0)
#endif
}
