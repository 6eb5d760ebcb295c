package row

import (
	"encoding/hex"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/jsonb/jsonpath"
	"github.com/tarndb/tarn/row/numeric"
)

// ErrVolatileInput is what ParseText returns for texts that depend on the current
// time (now, today, tomorrow, yesterday) when the Style has no Now.
var ErrVolatileInput error = datetime.ErrVolatile

// ParseText reads PostgreSQL's input syntax of a type, as its input function does
// with the type's modifier: a string too long for varchar(n) is an error.
func ParseText(t Type, s string, st *Style) (Datum, error) {
	d, err := parseBase(t, s, st)
	if err != nil || t.Mod == 0 || t.Kind == Array {
		return d, err
	}
	return ApplyTypmod(t, d, false)
}

func parseBase(t Type, s string, st *Style) (Datum, error) {
	switch t.Kind {
	case Bool:
		return parseBool(s)
	case Int2:
		return parseInt(s, "smallint", 16)
	case Int4:
		return parseInt(s, "integer", 32)
	case Int8:
		return parseInt(s, "bigint", 64)
	case OID:
		return parseOID(s)
	case Regclass, Regtype, Regproc, Regnamespace:
		if s == "-" {
			return IntDatum(0), nil
		}
		if n := st.names(); n != nil {
			oid, err := n.ObjectOID(t.Kind, s)
			return IntDatum(int64(oid)), err
		}
		return parseOID(s)
	case Char:
		return parseChar(s), nil
	case Float4:
		return parseFloat(s, "real", 32)
	case Float8:
		return parseFloat(s, "double precision", 64)
	case Numeric:
		n, err := numeric.Parse(s)
		if err != nil {
			return Datum{}, err
		}
		return BytesDatum(numeric.Append(nil, n)), nil
	case Bytea:
		return parseBytea(s)
	case Date, Time, Timestamp, Timestamptz:
		v, err := parseDatetime(t.Kind, s, st.clock())
		return IntDatum(v), err
	case Timetz:
		v, err := datetime.ParseTimetz(s, st.clock())
		return IntDatum(v.Int()), err
	case Interval:
		style := datetime.StylePostgres
		if st != nil {
			style = st.Intervals
		}
		v, err := datetime.ParseInterval(s, intervalFields(t), style)
		return BytesDatum(v.Append(nil)), err
	case UUID:
		return parseUUID(s)
	case Bit, Varbit:
		return parseBits(s)
	case JSON:
		if err := jsonb.Validate([]byte(s)); err != nil {
			return Datum{}, err
		}
	case JSONB:
		b, err := jsonb.Canonical(nil, []byte(s))
		return BytesDatum(b), err
	case JSONPath:
		b, err := jsonpath.Canonical(nil, s)
		return BytesDatum(b), err
	case Array:
		return parseArray(t, s, st)
	case Int2Vector, OIDVector:
		return parseVector(t, s)
	case Name:
		return StringDatum(cutName(s)), nil
	case Enum:
		return parseEnum(t, s)
	case Record:
		return Datum{}, fault.New(fault.Unsupported, "input of anonymous composite types is not implemented")
	case Void:
		return Datum{}, nil
	}
	return StringDatum(s), nil
}

func (s *Style) clock() datetime.Clock {
	if s == nil {
		return datetime.Clock{}
	}
	return datetime.Clock{Zone: s.Zone, Now: s.Now, Order: s.Dates.Order}
}

func intervalFields(t Type) int32 {
	if t.Mod == 0 {
		return 0
	}
	return t.Typmod() >> 16 & intervalFullRange
}

func parseDatetime(k Kind, s string, c datetime.Clock) (int64, error) {
	switch k {
	case Date:
		return datetime.ParseDate(s, c)
	case Time:
		return datetime.ParseTime(s, c)
	case Timestamp:
		return datetime.ParseTimestamp(s, c)
	}
	return datetime.ParseTimestamptz(s, c)
}

const blanks = " \t\n\r\v\f"

// parseBool takes any start of true, false, yes, no and of on and off that tells them apart.
func parseBool(s string) (Datum, error) {
	w := strings.ToLower(strings.Trim(s, blanks))
	switch {
	case w == "":
	case strings.HasPrefix("true", w), strings.HasPrefix("yes", w), w == "on", w == "1":
		return BoolDatum(true), nil
	case strings.HasPrefix("false", w), strings.HasPrefix("no", w), w == "of", w == "off", w == "0":
		return BoolDatum(false), nil
	}
	return Datum{}, fault.Syntax("boolean", s)
}

func parseInt(s, typeName string, bits int) (Datum, error) {
	v, err := strconv.ParseInt(strings.Trim(s, blanks), 10, bits)
	if err == nil {
		return IntDatum(v), nil
	}
	if errors.Is(err, strconv.ErrRange) {
		return Datum{}, fault.Range(typeName, s)
	}
	return Datum{}, fault.Syntax(typeName, s)
}

// parseOID also takes negative numbers of 32 bits, which wrap.
func parseOID(s string) (Datum, error) {
	v, err := strconv.ParseInt(strings.Trim(s, blanks), 10, 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return Datum{}, fault.Syntax("oid", s)
	case err != nil || v > math.MaxUint32 || v < math.MinInt32:
		return Datum{}, fault.Range("oid", s)
	}
	return IntDatum(int64(uint32(v))), nil
}

func parseChar(s string) Datum {
	if len(s) == 4 && s[0] == '\\' {
		if v, err := strconv.ParseUint(s[1:], 8, 8); err == nil {
			return IntDatum(int64(v))
		}
	}
	if s == "" {
		return IntDatum(0)
	}
	return IntDatum(int64(s[0]))
}

func parseFloat(s, typeName string, bits int) (Datum, error) {
	w := strings.Trim(s, blanks)
	if v, ok := floatWord(w); ok {
		return FloatDatum(v), nil
	}
	if strings.ContainsAny(w, "_nN") {
		return Datum{}, fault.Syntax(typeName, s)
	}
	if strings.ContainsAny(w, "xX") && !strings.ContainsAny(w, "pP") {
		w += "p0" // an exponent is optional, as in C
	}
	v, err := strconv.ParseFloat(w, bits)
	if errors.Is(err, strconv.ErrRange) || err == nil && v == 0 && hasDigit19(w) {
		return Datum{}, fault.New(fault.OutOfRange, "\"%s\" is out of range for type %s", s, typeName)
	}
	if err != nil {
		return Datum{}, fault.Syntax(typeName, s)
	}
	return FloatDatum(v), nil
}

func floatWord(w string) (float64, bool) {
	switch strings.ToLower(w) {
	case "nan", "+nan", "-nan":
		return math.NaN(), true
	case "infinity", "+infinity", "inf", "+inf":
		return math.Inf(1), true
	case "-infinity", "-inf":
		return math.Inf(-1), true
	}
	return 0, false
}

// hasDigit19 reports that the mantissa of a float's text is not zero.
func hasDigit19(w string) bool {
	if i := strings.IndexAny(w, "eE"); i >= 0 {
		w = w[:i]
	}
	return strings.ContainsAny(w, "123456789")
}

// cutName cuts an identifier to the 63 bytes that name holds, at a character.
func cutName(s string) string {
	if len(s) <= 63 {
		return s
	}
	n := 63
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

func parseBytea(s string) (Datum, error) {
	if strings.HasPrefix(s, `\x`) {
		b, err := AppendUnhex(nil, s[2:])
		return BytesDatum(b), err
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' {
			out = append(out, c)
			continue
		}
		if i+1 < len(s) && s[i+1] == '\\' {
			out = append(out, '\\')
			i++
			continue
		}
		if i+4 > len(s) {
			return Datum{}, fault.New(fault.InvalidText, "invalid input syntax for type bytea")
		}
		v, err := strconv.ParseUint(s[i+1:i+4], 8, 8)
		if err != nil {
			return Datum{}, fault.New(fault.InvalidText, "invalid input syntax for type bytea")
		}
		out = append(out, byte(v))
		i += 3
	}
	return BytesDatum(out), nil
}

// parseUUID takes 32 hexadecimal digits, braces around them, and a hyphen after any four.
func parseUUID(s string) (Datum, error) {
	w := s
	if strings.HasPrefix(w, "{") && strings.HasSuffix(w, "}") {
		w = w[1 : len(w)-1]
	}
	digits := make([]byte, 0, 32)
	for i := 0; i < len(w); i++ {
		if w[i] == '-' && len(digits) > 0 && len(digits) < 32 && len(digits)%4 == 0 && w[i-1] != '-' {
			continue
		}
		digits = append(digits, w[i])
	}
	out := make([]byte, 16)
	if len(digits) != 32 {
		return Datum{}, fault.Syntax("uuid", s)
	}
	if _, err := hex.Decode(out, digits); err != nil {
		return Datum{}, fault.Syntax("uuid", s)
	}
	return BytesDatum(out), nil
}

func parseVector(t Type, s string) (Datum, error) {
	b := NewArrayBuilder(t)
	for _, w := range strings.Fields(s) {
		d, err := parseBase(t.elemType(), w, nil)
		if err != nil {
			return Datum{}, err
		}
		b.Append(d)
	}
	return BytesDatum(b.FinishDims(nil, []Dim{{Len: b.Len(), Lower: 0}})), nil
}
