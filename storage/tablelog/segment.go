package tablelog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	magic      = "TARNLOG"
	version    = 1
	headerLen  = 24
	recordHead = 24
	suffix     = ".log"
	// MaxRecord is the largest payload of a record.
	MaxRecord = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func segmentName(first uint64) string { return fmt.Sprintf("%016x%s", first, suffix) }

func parseSegmentName(name string) (first uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	if !ok || len(digits) != 16 {
		return 0, false
	}
	first, err := strconv.ParseUint(digits, 16, 64)
	return first, err == nil
}

func appendHeader(b []byte, first uint64) []byte {
	b = append(b, magic...)
	b = append(b, version)
	b = binary.LittleEndian.AppendUint64(b, first)
	b = binary.LittleEndian.AppendUint32(b, 0)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[len(b)-20:], castagnoli))
}

// errHeader is a header that was not written completely.
var errHeader = errors.New("damaged segment header")

func checkHeader(b []byte, first uint64) error {
	if len(b) < headerLen || crc32.Checksum(b[:20], castagnoli) != binary.LittleEndian.Uint32(b[20:]) ||
		string(b[:7]) != magic {
		return errHeader
	}
	if v := b[7]; v != version {
		return fmt.Errorf("the segment was written by version %d of the table log; this binary reads %d", v, version)
	}
	if got := binary.LittleEndian.Uint64(b[8:]); got != first {
		return fmt.Errorf("the segment begins with record %d, its name says %d", got, first)
	}
	return nil
}

func appendRecord(b []byte, pos, durable uint64, payload []byte) []byte {
	from := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.LittleEndian.AppendUint64(b, pos)
	b = binary.LittleEndian.AppendUint64(b, durable)
	sum := crc32.Update(crc32.Checksum(b[from:], castagnoli), castagnoli, payload)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return append(b, payload...)
}

type record struct {
	pos, durable uint64
	payload      []byte
}

func (r record) len() int { return recordHead + len(r.payload) }

// parseRecord returns the record at the start of b, if there is an undamaged one.
func parseRecord(b []byte) (r record, ok bool) {
	if len(b) < recordHead {
		return r, false
	}
	n := int64(binary.LittleEndian.Uint32(b))
	if n > int64(len(b)-recordHead) {
		return r, false
	}
	r = record{
		pos:     binary.LittleEndian.Uint64(b[4:]),
		durable: binary.LittleEndian.Uint64(b[12:]),
		payload: b[recordHead : recordHead+n : recordHead+n],
	}
	sum := crc32.Update(crc32.Checksum(b[:20], castagnoli), castagnoli, r.payload)
	return r, sum == binary.LittleEndian.Uint32(b[20:])
}

// scanSegment calls fn for the records of a segment with the given first
// position. It returns the position after the last good record, and the offset
// of the first byte that belongs to none: the length of b if nothing is damaged.
func scanSegment(b []byte, first uint64, fn func(record) error) (next uint64, end int, err error) {
	next, end = first, headerLen
	for end < len(b) {
		r, ok := parseRecord(b[end:])
		if !ok || r.pos != next {
			break
		}
		if fn != nil {
			if err := fn(r); err != nil {
				return next, end, err
			}
		}
		next++
		end += r.len()
	}
	return next, end, nil
}

// provesLoss looks in the bytes behind a damaged record for a record that
// was written after the one at pos had been synced.
func provesLoss(b []byte, pos uint64) bool {
	for i := 0; i+recordHead <= len(b); i++ {
		// A cheap look before the checksum: positions and the durable
		// field follow each other closely.
		at := binary.LittleEndian.Uint64(b[i+4:])
		durable := binary.LittleEndian.Uint64(b[i+12:])
		if at < pos || durable <= pos || durable > at || at-pos > uint64(len(b)) {
			continue
		}
		if _, ok := parseRecord(b[i:]); ok {
			return true
		}
	}
	return false
}

func readFile(fs vfs.FS, name string) ([]byte, error) {
	f, err := fs.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(f)
	return b, errors.Join(err, f.Close())
}

// writeSegment makes a segment with the given contents appear at once, synced.
func writeSegment(fs vfs.FS, dir, name string, contents []byte) error {
	path := fs.PathJoin(dir, name)
	f, err := fs.Create(path+".tmp", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(contents)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := fs.Rename(path+".tmp", path); err != nil {
		return err
	}
	return syncDir(fs, dir)
}

func syncDir(fs vfs.FS, dir string) error {
	f, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
