package jsonb

// AppendKey appends the key form.
func AppendKey(dst, b []byte) []byte { return dst }

// KeyLen is the length of the key form.
func KeyLen(src []byte, mask byte) int { return 0 }

// AppendFromKey decodes.
func AppendFromKey(dst, key []byte) ([]byte, error) { return dst, nil }
