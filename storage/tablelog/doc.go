// Package tablelog is the durable log of changes that clients make to tables.
// A change is in the log before the client hears that it happened; after a
// crash the engine replays what its last commit does not cover, like the
// messages of a topic.
//
// # Segment files, byte by byte
//
// The log is a directory of segments. A segment's name is the position of its
// first record, 16 lower-case hexadecimal digits, and ".log". All integers are
// little-endian, all checksums CRC-32C.
//
//	header, 24 bytes:
//	   0  7  "TARNLOG"
//	   7  1  version, 1
//	   8  8  position of the first record
//	  16  4  zero
//	  20  4  checksum of bytes 0 to 19
//	record, 24 bytes and the payload:
//	   0  4  length of the payload
//	   4  8  position
//	  12  8  durable: every record before this position had been synced when
//	         this one was written
//	  20  4  checksum of bytes 0 to 19 and of the payload
//	  24     payload
//
// Positions are consecutive within a segment, and begin at 1. A segment is
// begun when all records before its first position are synced, so only the last
// one can have a torn tail. Behind that position, a segment may hold the remains of
// a write or a sync that failed, whose records were refused: they count for
// nothing, since the next segment begins before them. Opening cuts the tail off, unless a later record proves through
// its durable field that the damaged one had been synced: that is corruption,
// not a crash, and an error.
//
// Upgrade rule: a change of these bytes is a new version; a binary refuses
// versions that it does not know, and says so. Since a commit drops the segments
// it covers, but for the last one, a new version needs no conversion: it must only read the old one.
package tablelog
