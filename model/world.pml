/* world.pml: what the writers share (names, inodes, processes, time, the journal) and what must hold.
 *
 * One statement, an atomic or a d_step, is one system call. Between any two of them another writer may run, a process may be
 * killed, time may pass. The switches (-D) are told in README.md.
 */
#define NW (NJS + NNATIVE)            /* writers 1..NJS are JS, the others native; each makes one update and exits */
#define is_native(w) ((w) > NJS)
#define bit(w) (1 << (w))

/* Lock domains: the last FOREIGN natives are of domain 2, the others of 1. NO_FLOCK: all are of the unknown one. */
#ifdef NO_FLOCK
#define domain(w) 0
#else
#define domain(w) (1 + ((w) > NW - FOREIGN))
#endif

/* ---------------------------------------------------------------------------------------------- the directory */
typedef inode {
  byte refs;                          /* names and descriptors; at 0 it is free, and its number may be used again */
  byte who;                           /* its creator, then whoever stamped it last: stands for the nonce */
  bool stamped;                       /* false: still empty */
  bool taken;                         /* by a native whose take-over has to settle: a word in its claim */
  byte age;                           /* of its mtime: 0 fresh, 1 over the grace of 0.5 s, 2 over 30.5 s */
}
inode I[NI + 1];                      /* I[0] unused */
byte L;                               /* the name changes.journal.lock -> inode; 0: no such file */
byte G[3];                            /* by domain: who has the kernel lock on the file that is named the guard; 0: nobody */
byte directory = 1;                   /* which one it is, if it was removed and made again; 0: there is none */
byte directories = 1;                 /* so many there were */
byte litter;                          /* private names that killed writers left */
byte old_;                            /* scratch, 0 between steps */

inline allocate(x, w) {
  x = 1; do :: I[x].refs > 0 -> x++ :: else -> break od;
  I[x].refs = 1; I[x].who = w
}
inline close(x) {
  if
  :: x != 0 -> I[x].refs--; if :: I[x].refs == 0 -> I[x].who = 0; I[x].stamped = 0; I[x].taken = 0; I[x].age = 0 :: else fi
  :: else
  fi;
  x = 0
}
inline name(x)     { old_ = L; L = x; if :: x != 0 -> I[x].refs++ :: else fi; close(old_) }
inline unlink()    { name(0) }
inline stamp(x, w) { I[x].who = w; I[x].stamped = 1; I[x].taken = 0; I[x].age = 0 }

/* ---------------------------------------------------------------------------------------------- processes and time */
bool alive[NW + 1];                   /* the pid exists */
bool killed[NW + 1];
bool holds[NW + 1];                   /* from having the lockfile to having released it, or knowing that it is lost */
bool judging[NW + 1];                 /* may yet take a lock that it has judged; n_judging of them */
bool prompt[NW + 1];                  /* assumed not to be suspended now; n_prompt of them */
byte since[NW + 1];                   /* 1: has read the clock and not used it yet; 2, 3: and 0.6 s, 31 s have passed since */
byte n_judging, n_prompt, done;
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

proctype killer() {                   /* SIGKILL, at any step of anybody */
  byte n = KILLS; byte w;
end:
  do
  :: atomic {
       n > 0 && done < NW -> n--;
       select(w : 1 .. NW);
       if :: alive[w] && !killed[w] -> killed[w] = 1; printf("-- SIGKILL to %d\n", w) :: else fi;
       w = 0
     }
  od
}

/* Everything gets older, for everybody who is not prompt. A sleeper that was about to take a lock is not waited for any more. */
inline pass(a) {
  w = 1;
  do
  :: w <= NW ->
       judged(w);
       if :: since[w] > 0 && since[w] <= a -> since[w] = a + 1 :: else fi;
       w++
  :: else -> break
  od;
  w = 1;
  do :: w <= NI -> if :: I[w].refs > 0 && I[w].age < a -> I[w].age = a :: else fi; w++ :: else -> break od;
  w = 0
}
proctype clock() {
  byte halves = HALVES; byte leaps = LEAPS; byte w;
end:
  do
  :: d_step { halves > 0 && L != 0 && n_prompt == 0 -> halves--; pass(1); printf("-- 0.6 s pass\n") }
  :: d_step { leaps > 0 && L != 0 && n_prompt == 0 -> leaps--; pass(2); printf("-- 31 s pass\n") }
#ifdef LIVE                           /* a lockfile that nobody holds gets old sooner or later */
  :: d_step { LEAPS > 0 && L != 0 && I[L].age < 2 && !holds[I[L].who] -> I[L].age = 2 }
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
/* Somebody removes the whole directory. */
proctype remover() {
  d_step {
    directory = 0; G[1] = 0; G[2] = 0; unlink(); fault = 1; dropped = dropped | set; set = 0; head = 0; J = 0;
    printf("R rm -rf .codegraph\n")
  }
}

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
  assert(G[1] == 0 && G[2] == 0)
#endif
}
