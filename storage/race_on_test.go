//go:build race

package storage

// raceEnabled makes slow tests take samples.
const raceEnabled = true
