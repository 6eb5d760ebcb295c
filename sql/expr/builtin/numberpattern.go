package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/sql/pgerr"
)

// numberKey is a word of a template for numbers.
type numberKey uint8

const (
	nText    numberKey = iota // characters to be copied
	nDigit                    // 9
	nZero                     // 0
	nPoint                    // . or D
	nComma                    // , or G
	nSign                     // S
	nMinus                    // MI
	nPlus                     // PL
	nEither                   // SG
	nMoney                    // L, of which the C locale has a blank
	nOrdinal                  // TH
	nRoman                    // RN
	nSilent                   // words without a place of their own: FM PR V EEEE B C SP
)

var numberKeys = []struct {
	word string
	key  numberKey
}{
	{"EEEE", nSilent}, {"FM", nSilent}, {"MI", nMinus}, {"PL", nPlus}, {"PR", nSilent}, {"RN", nRoman}, {"SG", nEither},
	{"SP", nSilent}, {"TH", nOrdinal}, {"9", nDigit}, {"0", nZero}, {".", nPoint}, {",", nComma}, {"B", nSilent}, {"C", nSilent},
	{"D", nPoint}, {"G", nComma}, {"L", nMoney}, {"S", nSign}, {"V", nSilent},
}

// numberNode is one piece of the template.
type numberNode struct {
	key   numberKey
	text  string // of nText
	lower bool   // rn, th
}

// signPlace is where S puts the sign.
type signPlace uint8

const (
	noSignPlace signPlace = iota
	signBefore            // before the first digit
	signAfter             // after the last one
)

// numberPattern is a to_char or to_number template, taken apart.
type numberPattern struct {
	nodes []numberNode
	pre   int // digit places before the point
	post  int // and after it
	multi int // places after V

	point, fill, roman, bracket, minus, plus, scientific, times, blank bool

	sign      signPlace
	signAt    int // places before S
	zeroFrom  int // the first place of 0 before the point, from 1; 0: none
	zeroUntil int // places up to the last 0
}

func patternError(message string) error { return pgerr.New(pgerr.SyntaxError, "%s", message) }

func parseNumberPattern(f string) (*numberPattern, error) {
	p := &numberPattern{}
	for f != "" {
		word, key := cutNumberKey(f)
		if word == "" {
			var n numberNode
			n, f = cutNumberText(f)
			p.nodes = append(p.nodes, n)
			continue
		}
		f = f[len(word):]
		if err := p.add(strings.ToUpper(word), key); err != nil {
			return nil, err
		}
		if key != nSilent {
			p.nodes = append(p.nodes, numberNode{key: key, lower: word != strings.ToUpper(word)})
		}
	}
	return p, nil
}

// cutNumberKey finds the word that f starts with; its letters are all of one case.
func cutNumberKey(f string) (string, numberKey) {
	for _, k := range numberKeys {
		if strings.HasPrefix(f, k.word) || strings.HasPrefix(f, strings.ToLower(k.word)) {
			return f[:len(k.word)], k.key
		}
	}
	return "", nText
}

// cutNumberText cuts a quoted text or one character.
func cutNumberText(f string) (numberNode, string) {
	if f[0] != '"' {
		if f[0] == '\\' && strings.HasPrefix(f, `\"`) {
			f = f[1:]
		}
		_, n := utf8.DecodeRuneInString(f)
		return numberNode{text: f[:n]}, f[n:]
	}
	var b strings.Builder
	i := 1
	for ; i < len(f) && f[i] != '"'; i++ {
		if f[i] == '\\' && i+1 < len(f) {
			i++
		}
		b.WriteByte(f[i])
	}
	return numberNode{text: b.String()}, f[min(i+1, len(f)):]
}

// add takes a word into account, or says why it cannot stand there.
func (p *numberPattern) add(word string, key numberKey) error {
	if p.scientific && word != "EEEE" {
		return patternError(`"EEEE" must be the last pattern used`)
	}
	switch key {
	case nDigit, nZero:
		return p.addDigit(word, key)
	case nPoint:
		if p.point {
			return patternError("multiple decimal points")
		}
		if p.times {
			return patternError(`cannot use "V" and decimal point together`)
		}
		p.point = true
	case nSign, nMinus, nPlus, nEither:
		return p.addSign(word, key)
	case nRoman:
		p.roman = true
	case nSilent:
		return p.addSilent(word)
	}
	return nil
}

func (p *numberPattern) addDigit(word string, key numberKey) error {
	if p.bracket {
		return patternError(`"` + word + `" must be ahead of "PR"`)
	}
	if key == nDigit && p.times {
		p.multi++
		return nil
	}
	if key == nZero && p.zeroFrom == 0 && p.zeroUntil == 0 && !p.point {
		p.zeroFrom = p.pre + 1
	}
	if p.point {
		p.post++
	} else {
		p.pre++
	}
	if key == nZero {
		p.zeroUntil = p.pre + p.post
	}
	return nil
}

func (p *numberPattern) addSign(word string, key numberKey) error {
	if key == nSign {
		switch {
		case p.sign != noSignPlace:
			return patternError(`cannot use "S" twice`)
		case p.plus || p.minus || p.bracket:
			return patternError(`cannot use "S" and "PL"/"MI"/"SG"/"PR" together`)
		case p.point:
			p.sign = signAfter
		default:
			p.sign, p.signAt = signBefore, p.pre
		}
		return nil
	}
	if p.sign != noSignPlace {
		return patternError(`cannot use "S" and "` + word + `" together`)
	}
	p.minus = p.minus || key != nPlus
	p.plus = p.plus || key != nMinus
	return nil
}

func (p *numberPattern) addSilent(word string) error {
	switch word {
	case "FM":
		p.fill = true
	case "B":
		p.blank = p.blank || p.pre == 0 && p.post == 0 && p.zeroFrom == 0
	case "PR":
		if p.sign != noSignPlace || p.plus || p.minus {
			return patternError(`cannot use "PR" and "S"/"PL"/"MI"/"SG" together`)
		}
		p.bracket = true
	case "V":
		if p.point {
			return patternError(`cannot use "V" and decimal point together`)
		}
		p.times = true
	case "EEEE":
		if p.scientific {
			return patternError(`cannot use "EEEE" twice`)
		}
		if p.blank || p.fill || p.sign != noSignPlace || p.bracket || p.minus || p.plus || p.roman || p.times {
			return pgerr.New(pgerr.SyntaxError, `"EEEE" is incompatible with other formats`).
				WithDetail(`"EEEE" may only be used together with digit and decimal point patterns.`)
		}
		p.scientific = true
	}
	return nil
}
