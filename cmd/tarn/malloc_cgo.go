//go:build cgo

package main

// C's allocator has the blocks of the store's cache. It makes a heap for each
// thread, and where blocks are freed by other threads than those that made them,
// seven heaps were 61 MB for a cache of 23; one is 26. What is set later than before
// main does not reach threads that are there.

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
__attribute__((constructor)) static void one_heap(void) { mallopt(M_ARENA_MAX, 1); }
#endif
*/
import "C"
