package fn

import (
	"encoding/binary"
	"unicode/utf8"
)

// RuneCount is utf8.RuneCount, eight bytes at a time over what is ASCII.
func RuneCount(b []byte) int {
	const high = 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if binary.LittleEndian.Uint64(b[i:])&high != 0 {
			return i + utf8.RuneCount(b[i:])
		}
	}
	if i > 0 && binary.LittleEndian.Uint64(b[len(b)-8:])&high == 0 {
		return len(b)
	}
	return i + utf8.RuneCount(b[i:])
}

// RuneOffset is the byte offset of character n, at most the length.
func RuneOffset(a []byte, n int64) int {
	at := 0
	for ; n > 0 && at < len(a); n-- {
		_, w := utf8.DecodeRune(a[at:])
		at += w
	}
	return at
}
