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
#define NI (3 * NW + 1)
#else
#define NI (2 * NW + 1)
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
    if :: KILLS > 0 -> run killer() :: else fi;
    if :: HALVES + LEAPS + SET_BACKS > 0 -> run clock() :: else fi;
#if SHARED_GUARD > 0
    run copier();
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
