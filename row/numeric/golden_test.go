package numeric

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row/fault"
)

// TestArithmetic holds values, result scales and errors to what PostgreSQL 15 answered.
func TestArithmetic(t *testing.T) {
	text, err := os.ReadFile("testdata/arith.txt")
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, " | ")
		if got := calculate(t, f[0], f[1], f[2]); got != f[3] {
			t.Errorf("line %d: %s\n got %s", n+1, line, got)
		}
	}
}

func calculate(t *testing.T, op, x, y string) string {
	a, err := Parse(x)
	if err != nil {
		t.Fatal(err)
	}
	var b Decimal
	if y != "" {
		if b, err = Parse(y); err != nil {
			t.Fatal(err)
		}
	}
	d, text, err := operate(op, a, b, x)
	if err != nil {
		e := err.(*fault.Error)
		return "ERR " + e.Code + " " + e.Message
	}
	if text != "" {
		return text
	}
	if back := Decode(Append(nil, d)); back.String() != d.String() || !Valid(Append(nil, d)) {
		t.Errorf("%s does not survive its physical form", d)
	}
	if back, err := ParseBinary(d.AppendBinary(nil)); err != nil || back.String() != d.String() {
		t.Errorf("%s does not survive its binary form: %v", d, err)
	}
	return d.String()
}

// TestBinaryOfSmall: small coefficients are cut into digits without big integers,
// and come out as those do.
func TestBinaryOfSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for i := range 20_000 {
		v := int64(r.Uint64()) >> r.IntN(64)
		switch i {
		case 0:
			v = math.MinInt64
		case 1:
			v = math.MaxInt64
		case 2:
			v = 0
		}
		scale := int32(r.IntN(30))
		small, large := Decimal{small: v, scale: scale}, Decimal{big: big.NewInt(v), scale: scale}
		if got, want := small.AppendBinary(nil), large.AppendBinary(nil); !bytes.Equal(got, want) {
			t.Fatalf("%d of scale %d: % x, want % x", v, scale, got, want)
		}
	}
}

func operate(op string, a, b Decimal, x string) (d Decimal, text string, err error) {
	n := int(b.small)
	switch op {
	case "+":
		d, err = a.Add(b)
	case "-":
		d, err = a.Sub(b)
	case "*":
		d, err = a.Mul(b)
	case "/":
		d, err = a.Div(b)
	case "%":
		d, err = a.Mod(b)
	case "div":
		d, err = a.DivTrunc(b)
	case "cmp":
		text = strconv.Itoa(a.Cmp(b))
	case "sqrt":
		d, err = a.Sqrt()
	case "exp":
		d, err = a.Exp()
	case "ln":
		d, err = a.Ln()
	case "log10":
		d, err = a.Log10()
	case "log":
		d, err = Log(a, b)
	case "power":
		d, err = a.Pow(b)
	case "ceil":
		d = a.Ceil()
	case "floor":
		d = a.Floor()
	case "trim_scale":
		d = a.TrimScale()
	case "min_scale":
		text = strconv.Itoa(a.MinScale())
	case "abs":
		d = a.Abs()
	case "neg":
		d = a.Neg()
	case "round":
		d = a.Round(n)
	case "trunc":
		d = a.Trunc(n)
	case "float8":
		f, err := a.ToFloat64()
		text = formatFloat(f)
		return d, text, err
	case "int8":
		v, err := a.ToInt64("bigint", math.MinInt64, math.MaxInt64)
		return d, strconv.FormatInt(v, 10), err
	case "from_float8":
		f, _ := strconv.ParseFloat(x, 64)
		d = FromFloat64(f)
	case "from_float4":
		f, _ := strconv.ParseFloat(x, 32)
		d = FromFloat32(float32(f))
	}
	return d, text, err
}

func formatFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if a := math.Abs(f); f == 0 || a >= 1e-4 && a < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
