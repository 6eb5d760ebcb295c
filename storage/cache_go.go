//go:build !cgo

package storage

// cacheOffHeap says that Pebble's cache is outside of Go's heap.
const cacheOffHeap = false
