package pgwire

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/sql/pgerr"
)

// routineError is an error with the R field, which drivers match on to tell a
// changed result type from other features that are not supported.
type routineError struct {
	error
	routine string
}

func (e *routineError) Unwrap() error { return e.error }

func errPlanChanged() error {
	return &routineError{pgerr.New(pgerr.FeatureNotSupported, "cached plan must not change result type"), "RevalidateCachedQuery"}
}

// paramError says which parameter an error is about, in the W field.
type paramError struct {
	error
	where string
}

func (e *paramError) Unwrap() error { return e.error }

func errCanceled() error {
	return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
}

func errShutdown() error {
	return pgerr.New(pgerr.AdminShutdown, "terminating connection due to administrator command")
}

// errorResponse says an error in the protocol's words. internal reports that
// the error is one of ours that no client should have seen.
func errorResponse(err error, severity string) (msg *pgproto3.ErrorResponse, internal bool) {
	msg = &pgproto3.ErrorResponse{Severity: severity, SeverityUnlocalized: severity}
	var stated interface{ SQLState() string }
	var violated *protocolError
	var known *pgerr.Error
	switch {
	case errors.As(err, &known):
		fillError(msg, known)
	case errors.As(err, &stated):
		msg.Code, msg.Message = stated.SQLState(), err.Error()
	case errors.As(err, &violated):
		msg.Code, msg.Message = pgerr.ProtocolViolation, violated.message
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		msg.Code, msg.Message = pgerr.QueryCanceled, "canceling statement due to user request"
	default:
		msg.Code, msg.Message = pgerr.InternalError, err.Error()
	}
	var routine *routineError
	if errors.As(err, &routine) {
		msg.Routine = routine.routine
	}
	var param *paramError
	if errors.As(err, &param) {
		msg.Where = param.where
	}
	cleanError(msg)
	return msg, msg.Code == pgerr.InternalError
}

func fillError(m *pgproto3.ErrorResponse, e *pgerr.Error) {
	m.Code, m.Message, m.Detail, m.Hint = e.Code, e.Message, e.Detail, e.Hint
	m.Position, m.Where = int32(e.Position), e.Context
	m.SchemaName, m.TableName, m.ColumnName = e.Schema, e.Table, e.Column
	m.DataTypeName, m.ConstraintName = e.DataType, e.Constraint
}

// locate turns an error's place in the text into the position that clients
// count, unless whoever made it has done so.
func locate(err error, sql string) error {
	if e, ok := pgerr.As(err); ok && e.Position == 0 {
		e.Locate(sql)
	}
	return err
}

// cleanError removes what would break the message's framing: fields end at a zero byte.
func cleanError(m *pgproto3.ErrorResponse) {
	for _, s := range []*string{&m.Message, &m.Detail, &m.Hint, &m.Where, &m.SchemaName, &m.TableName, &m.ColumnName, &m.DataTypeName, &m.ConstraintName} {
		if strings.IndexByte(*s, 0) >= 0 {
			*s = strings.ReplaceAll(*s, "\x00", "?")
		}
	}
}

func noticeResponse(n engine.Notice) *pgproto3.NoticeResponse {
	code := n.Code
	if code == "" {
		code = "00000"
	}
	m := &pgproto3.ErrorResponse{
		Severity: n.Severity, SeverityUnlocalized: n.Severity,
		Code: code, Message: n.Message, Detail: n.Detail, Hint: n.Hint,
	}
	cleanError(m)
	return (*pgproto3.NoticeResponse)(m)
}
