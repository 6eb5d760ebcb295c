package texts

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
	"golang.org/x/text/encoding/charmap"
)

// encoding is one of PostgreSQL's, at its number in the list.
type encoding struct {
	name    string
	aliases string           // without what is neither letter nor digit
	chars   *charmap.Charmap // nil: not one byte a character
	ascii   bool             // to_ascii knows it
}

const utf8Name = "UTF8"

var encodingList = []encoding{
	{name: "SQL_ASCII"}, {name: "EUC_JP"}, {name: "EUC_CN"}, {name: "EUC_KR"}, {name: "EUC_TW"}, {name: "EUC_JIS_2004"},
	{name: utf8Name, aliases: "unicode"}, {name: "MULE_INTERNAL"},
	{name: "LATIN1", aliases: "iso88591", chars: charmap.ISO8859_1, ascii: true}, {name: "LATIN2", aliases: "iso88592", chars: charmap.ISO8859_2, ascii: true},
	{name: "LATIN3", aliases: "iso88593", chars: charmap.ISO8859_3}, {name: "LATIN4", aliases: "iso88594", chars: charmap.ISO8859_4},
	{name: "LATIN5", aliases: "iso88599", chars: charmap.ISO8859_9}, {name: "LATIN6", aliases: "iso885910", chars: charmap.ISO8859_10},
	{name: "LATIN7", aliases: "iso885913", chars: charmap.ISO8859_13}, {name: "LATIN8", aliases: "iso885914", chars: charmap.ISO8859_14},
	{name: "LATIN9", aliases: "iso885915", chars: charmap.ISO8859_15, ascii: true}, {name: "LATIN10", aliases: "iso885916", chars: charmap.ISO8859_16},
	{name: "WIN1256", aliases: "windows1256", chars: charmap.Windows1256}, {name: "WIN1258", aliases: "windows1258 abc tcvn tcvn5712 vscii", chars: charmap.Windows1258},
	{name: "WIN866", aliases: "windows866 alt", chars: charmap.CodePage866}, {name: "WIN874", aliases: "windows874", chars: charmap.Windows874},
	{name: "KOI8R", aliases: "koi8", chars: charmap.KOI8R}, {name: "WIN1251", aliases: "windows1251 win", chars: charmap.Windows1251},
	{name: "WIN1252", aliases: "windows1252", chars: charmap.Windows1252}, {name: "ISO_8859_5", chars: charmap.ISO8859_5},
	{name: "ISO_8859_6", chars: charmap.ISO8859_6}, {name: "ISO_8859_7", chars: charmap.ISO8859_7}, {name: "ISO_8859_8", chars: charmap.ISO8859_8},
	{name: "WIN1250", aliases: "windows1250", chars: charmap.Windows1250, ascii: true}, {name: "WIN1253", aliases: "windows1253", chars: charmap.Windows1253},
	{name: "WIN1254", aliases: "windows1254", chars: charmap.Windows1254}, {name: "WIN1255", aliases: "windows1255", chars: charmap.Windows1255},
	{name: "WIN1257", aliases: "windows1257", chars: charmap.Windows1257}, {name: "KOI8U", chars: charmap.KOI8U}, {name: "SJIS", aliases: "mskanji shiftjis win932 windows932"},
	{name: "BIG5", aliases: "win950 windows950"}, {name: "GBK", aliases: "win936 windows936"}, {name: "UHC", aliases: "win949 windows949"},
	{name: "GB18030"}, {name: "JOHAB"}, {name: "SHIFT_JIS_2004"},
}

var encodingNumbers = func() map[string]int {
	m := map[string]int{}
	for i, e := range encodingList {
		m[cleanName(e.name)] = i
		for _, a := range strings.Fields(e.aliases) {
			m[a] = i
		}
	}
	return m
}()

// cleanName drops from an encoding's name what does not count.
func cleanName(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			return c
		}
		return -1
	}, name)
}

func encodingOf(name, role string) (*encoding, error) {
	if i, ok := encodingNumbers[cleanName(name)]; ok {
		return &encodingList[i], nil
	}
	return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid %s encoding name \"%s\"", role, name)
}

func encodings(r *fn.Registry) {
	convert := func(s []byte, from, to string) ([]byte, error) {
		src, err := encodingOf(from, "source")
		if err != nil {
			return nil, err
		}
		dst, err := encodingOf(to, "destination")
		if err != nil {
			return nil, err
		}
		return src.convert(s, dst)
	}
	r.Func("convert(bytea, name, name) bytea", fn.B3(func(_ *fn.Call, dst, s []byte, from, to string) ([]byte, error) {
		out, err := convert(s, from, to)
		return append(dst, out...), err
	}))
	r.Func("convert_from(bytea, name) text", fn.B2(func(_ *fn.Call, dst, s []byte, from string) ([]byte, error) {
		out, err := convert(s, from, utf8Name)
		return append(dst, out...), err
	}))
	r.Func("convert_to(text, name) bytea", fn.B2(func(_ *fn.Call, dst, s []byte, to string) ([]byte, error) {
		out, err := convert(s, utf8Name, to)
		return append(dst, out...), err
	}))
	r.Func("length(bytea, name) int4", fn.F2(func(_ *fn.Call, s []byte, name string) (int64, error) {
		e, err := encodingOf(name, "")
		if err != nil {
			return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid encoding name \"%s\"", name)
		}
		if e.name != utf8Name {
			return int64(len(s)), nil
		}
		return int64(utf8.RuneCount(s)), validUTF8(s)
	}))
	r.Func("to_ascii(text) text", fn.B1(func(_ *fn.Call, dst, _ []byte) ([]byte, error) { return dst, notToASCII(utf8Name) }))
	r.Func("to_ascii(text, name) text", fn.B2(func(_ *fn.Call, dst, s []byte, name string) ([]byte, error) {
		i, ok := encodingNumbers[cleanName(name)]
		if !ok {
			return dst, pgerr.New(pgerr.UndefinedObject, "%s is not a valid encoding name", name)
		}
		return appendASCII(dst, s, &encodingList[i])
	}))
	r.Func("to_ascii(text, int4) text", fn.B2(func(_ *fn.Call, dst, s []byte, n int64) ([]byte, error) {
		if n < 0 || n >= int64(len(encodingList)) {
			return dst, pgerr.New(pgerr.UndefinedObject, "%d is not a valid encoding code", n)
		}
		return appendASCII(dst, s, &encodingList[n])
	}))
	r.Func("pg_encoding_to_char(int4) name", fn.B1(func(_ *fn.Call, dst []byte, n int64) ([]byte, error) {
		if n < 0 || n >= int64(len(encodingList)) {
			return dst, nil
		}
		return append(dst, encodingList[n].name...), nil
	}), fn.NoError)
	r.Func("pg_char_to_encoding(name) int4", fn.F1(func(_ *fn.Call, name string) (int64, error) {
		if i, ok := encodingNumbers[cleanName(name)]; ok {
			return int64(i), nil
		}
		return -1, nil
	}), fn.NoError)
}

func notToASCII(name string) error {
	return pgerr.New(pgerr.FeatureNotSupported, "encoding conversion from %s to ASCII not supported", name)
}

// appendASCII keeps what is ASCII. The text is UTF-8 whatever the encoding is said
// to be, so that of the bytes above ASCII none means a letter.
func appendASCII(dst, s []byte, e *encoding) ([]byte, error) {
	if !e.ascii {
		return dst, notToASCII(e.name)
	}
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return dst, pgerr.New(pgerr.FeatureNotSupported, "to_ascii of other characters than ASCII is not supported")
		}
	}
	return append(dst, s...), nil
}

// validUTF8 words the first fault of bytes that are to be text.
func validUTF8(s []byte) error {
	err := row.CheckUTF8(s)
	if err == nil {
		return nil
	}
	return fn.Visible(err)
}

// convert goes over UTF-8: no other two encodings are converted into each other.
func (e *encoding) convert(s []byte, to *encoding) ([]byte, error) {
	plain := e.chars == nil && e.name != utf8Name
	switch {
	case e == to && e.name == utf8Name, e.name == "SQL_ASCII" && to.name == utf8Name:
		return s, validUTF8(s)
	case e == to, e.name == "SQL_ASCII", to.name == "SQL_ASCII":
		return s, nil
	case e.name != utf8Name && to.name != utf8Name:
		return nil, pgerr.New(pgerr.UndefinedFunction, "default conversion function for encoding \"%s\" to \"%s\" does not exist", e.name, to.name)
	case plain || to.chars == nil && to.name != utf8Name:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "conversion between \"%s\" and \"%s\" is not supported", e.name, to.name)
	case e.name == utf8Name:
		return to.encode(s)
	}
	return e.decode(s)
}

func untranslatable(char []byte, from, to string) error {
	var hex bytes.Buffer
	for _, c := range char {
		fmt.Fprintf(&hex, " 0x%02x", c)
	}
	return pgerr.New(pgerr.UntranslatableCharacter,
		"character with byte sequence%s in encoding \"%s\" has no equivalent in encoding \"%s\"", hex.String(), from, to)
}

func (e *encoding) encode(s []byte) ([]byte, error) {
	if err := validUTF8(s); err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRune(s[i:])
		b, ok := e.chars.EncodeRune(c)
		if !ok || e.undefined(c) {
			return nil, untranslatable(s[i:i+n], utf8Name, e.name)
		}
		out = append(out, b)
		i += n
	}
	return out, nil
}

func (e *encoding) decode(s []byte) ([]byte, error) {
	out := make([]byte, 0, len(s)+len(s)/2)
	for i, b := range s {
		if b == 0 {
			return nil, pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"%s\": 0x00", e.name)
		}
		c := e.chars.DecodeByte(b)
		if c == utf8.RuneError || e.undefined(c) {
			return nil, untranslatable(s[i:i+1], e.name, utf8Name)
		}
		out = utf8.AppendRune(out, c)
	}
	return out, nil
}

// undefined reports the control characters by which the Web, but not PostgreSQL,
// fills the gaps of Windows' code pages.
func (e *encoding) undefined(c rune) bool {
	return strings.HasPrefix(e.name, "WIN") && c >= 0x80 && c <= 0x9f
}
