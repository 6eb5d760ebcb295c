package row

import "unicode/utf8"

// appendBlanks pads the string that starts at dst[start:] to n characters.
func appendBlanks(dst []byte, start, n int) []byte {
	for have := utf8.RuneCount(dst[start:]); have < n; have++ {
		dst = append(dst, ' ')
	}
	return dst
}
