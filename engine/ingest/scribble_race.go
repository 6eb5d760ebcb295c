//go:build race

package ingest

// scribble makes released batches unusable, so that tests under the race
// detector, which all go through small chunks, find who still reads them.
const scribble = true
