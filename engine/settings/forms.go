package settings

import (
	"slices"
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
)

// formKeys are the parameters on which the text forms of values depend, TimeZone aside.
var formKeys = []string{"bytea_output", "datestyle", "extra_float_digits", "intervalstyle"}

// FormValues is the values of those parameters that choose text forms, where they are
// not the defaults, for FormsOf; nil if there is none.
func (s *Settings) FormValues() map[string]string {
	var out map[string]string
	for _, key := range formKeys {
		if v := s.values[key]; v != defaults[key] {
			if out == nil {
				out = map[string]string{}
			}
			out[key] = v
		}
	}
	return out
}

// FormsOf is the text forms that parameters choose, by their lower-case names; what is
// not there has its default.
func FormsOf(values map[string]string) row.Forms {
	f := row.Forms{EscapedBytea: values["bytea_output"] == "escape"}
	f.Dates, _ = datetime.ParseDateStyle(values["datestyle"], datetime.DateStyle{})
	if i := slices.Index(datetime.IntervalStyles, values["intervalstyle"]); i > 0 {
		f.Intervals = datetime.IntervalStyle(i)
	}
	if n, err := strconv.Atoi(values["extra_float_digits"]); err == nil && n <= 0 {
		f.RoundedFloats = uint8(1 - n)
	}
	return f
}

// ReadKey is all of the parameters on which depends what a statement's text means: equal
// keys mean the same.
func (s *Settings) ReadKey() string {
	key := s.values["search_path"] + "\x00" + s.values["timezone"]
	for _, k := range formKeys {
		if v := s.values[k]; v != defaults[k] {
			key += "\x00" + k + "=" + v
		}
	}
	return key
}

// Forms is the text forms that the parameters choose.
func (s *Settings) Forms() row.Forms { return FormsOf(s.values) }
