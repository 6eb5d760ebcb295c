package pgerr

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "00000"},
		{io.EOF, "XX000"},
		{New(UndefinedTable, `relation "%s" does not exist`, "t"), "42P01"},
		{fmt.Errorf("binding: %w", New(DivisionByZero, "division by zero")), "22012"},
	} {
		if got := Code(c.err); got != c.want {
			t.Errorf("Code(%v) = %s, want %s", c.err, got, c.want)
		}
	}
}

func TestMessageWithoutArgumentsIsNotAFormat(t *testing.T) {
	if got := New(SyntaxError, "100%").Message; got != "100%" {
		t.Errorf("message = %q", got)
	}
}

func TestPosition(t *testing.T) {
	text := "sélect x"
	e := New(SyntaxError, "syntax error").At(len("sélect "))
	if e.Locate(text); e.Position != 8 {
		t.Errorf("position = %d, want 8 characters", e.Position)
	}
	if e := New(SyntaxError, "x").At(-1).Locate(text); e.Position != 0 {
		t.Errorf("an unknown place gave position %d", e.Position)
	}
	if _, ok := New(SyntaxError, "x").Offset(); ok {
		t.Error("a new error has an offset")
	}
	if got := CharPosition(text, 999); got != 9 {
		t.Errorf("past the end = %d, want 9", got)
	}
}

func TestFromKeepsCause(t *testing.T) {
	e := From(fmt.Errorf("reading: %w", io.EOF))
	if e.Code != InternalError || !errors.Is(e, io.EOF) {
		t.Errorf("From lost the cause: %+v", e)
	}
}
