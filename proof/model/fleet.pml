/* fleet.pml: NJS JS writers and NNATIVE natives on one journal; the main file. How to run it: README.md. */
#ifndef NJS
#define NJS 0
#endif
#ifndef NNATIVE
#define NNATIVE 0
#endif
#ifndef FOREIGN
#define FOREIGN 0
#endif
#ifndef UNGUARDED
#define UNGUARDED 0
#endif
#ifndef SHARED_GUARD
#define SHARED_GUARD 0
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef HALVES
#define HALVES 0
#endif
#ifndef LEAPS
#define LEAPS 0
#endif
#ifndef RESETS
#define RESETS 0
#endif
#ifndef SWEEPS
#define SWEEPS 0
#endif
#ifndef SLEEPY_NATIVE
#define SLEEPY_NATIVE 0
#endif
#ifndef SLEEPY_JS
#define SLEEPY_JS 0
#endif
#ifndef FIRST_OP
#define FIRST_OP 1
#endif
#ifndef LAST_OP
#define LAST_OP 2
#endif
#ifdef SET_BACK
#define SET_BACKS 1
#else
#define SET_BACKS 0
#endif
#if defined(SET_BACK) || defined(COARSE)
#define WATCH
#endif
#ifndef NI
#ifdef WATCH
#define NI (3 * NW + 2)
#else
#define NI (2 * NW + 2)
#endif
#endif
#include "world.pml"
#include "js.pml"
#include "native.pml"

#ifdef LIVE
ltl everybody_gets_in { <> (done == NW) }
#endif

init {
  byte w = 1;
  atomic {
    do
    :: w <= NW -> alive[w] = 1; if :: is_native(w) -> run native(w) :: else -> run js(w) fi; w++
    :: else -> break
    od;
    w = 0;
#if SHARED_GUARD > 0
    dom[EARLIER] = 1;
#endif
#ifdef KEPT                           /* an earlier native has left its claim file, or not */
#ifdef DEAD_EARLIER                   /* it was killed with the lock, 31 s ago */
    allocate(S[1], EARLIER); stamp(S[1], EARLIER); I[S[1]].age = 2; name(S[1]);
#else
    if :: allocate(S[1], EARLIER); stamp(S[1], EARLIER) :: skip fi;
#endif
#endif
    if :: KILLS > 0 -> run killer() :: else fi;
    if :: HALVES + LEAPS + SET_BACKS > 0 -> run clock() :: else fi;
#if SHARED_GUARD > 0
    run copier();
#endif
#ifdef KEPT
    if :: SWEEPS > 0 -> run sweeper() :: else fi;
#endif
    if :: RESETS > 0 -> run engine() :: else fi;
#ifdef REMOVER
    run remover()
#else
    skip
#endif
  }
  atomic { done == NW -> check_end() }
}
