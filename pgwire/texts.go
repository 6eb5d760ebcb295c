package pgwire

import (
	"encoding/binary"
	"hash/maphash"
)

// Applications that prepare nothing send the same texts again and again: a simple
// Query, or a Parse without a name. A connection remembers what such a text means,
// under the catalog that it was prepared under, so that it is not parsed and
// planned anew.

const (
	maxKnownTexts = 128
	maxKnownText  = 2 << 10 // bytes of one
	seenTexts     = 512
)

// texts is a connection's memory of texts. A text is remembered when it comes the
// second time: applications that write values into their texts send most of them
// once, and would only drive out the others.
type texts struct {
	known map[string]*knownText // by textKey; nil: none yet
	seen  []uint32              // hashes of texts that have come, by their low bits
}

// knownText is what a text of one query means.
type knownText struct {
	prepared  Prepared
	described []byte // the RowDescription of a simple Query's answer
}

var textSeed = maphash.MakeSeed()

// textKey is what a text is remembered by: its types are behind a zero, which no
// text has.
func textKey(sql string, oids []uint32) string {
	if len(oids) == 0 {
		return sql
	}
	key := append([]byte(sql), 0)
	for _, oid := range oids {
		key = binary.BigEndian.AppendUint32(key, oid)
	}
	return string(key)
}

// again reports that a text has come before, as far as it can be known.
func (t *texts) again(key string) bool {
	h := uint32(maphash.String(textSeed, key)) | 1 // 0 is none
	if t.seen == nil {
		t.seen = make([]uint32, seenTexts)
	}
	at := &t.seen[h>>1%seenTexts]
	if *at == h {
		return true
	}
	*at = h
	return false
}

// remember keeps a query that was prepared; another makes room for it.
func (t *texts) remember(key string, p Prepared) {
	if p == nil || p.Columns() == nil || len(key) > maxKnownText || !t.again(key) {
		return
	}
	if t.known == nil {
		t.known = map[string]*knownText{}
	}
	for other := range t.known {
		if len(t.known) < maxKnownTexts {
			break
		}
		delete(t.known, other)
	}
	t.known[key] = newKnownText(p)
}

func newKnownText(p Prepared) *knownText {
	return &knownText{prepared: p, described: appendRowDescription(nil, p.Columns(), nil)}
}

// recall is what a text means under the catalog of now; nil if it is not known.
func (c *conn) recall(key string) *knownText {
	k := c.texts.known[key]
	if k == nil || c.quick != nil && c.quick.Current(k.prepared) {
		return k
	}
	r, ok := c.session.(Revalidator)
	if !ok {
		return nil
	}
	var p Prepared
	var err error
	c.out.whileBlocked(func() { p, err = r.Revalidate(c.message(), k.prepared) })
	switch {
	case err != nil || p.Columns() == nil:
		delete(c.texts.known, key) // what is wrong is said when it is prepared
		return nil
	case p != k.prepared:
		*k = *newKnownText(p)
	}
	return k
}
