package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/failure"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// One bad thing stays one bad thing: a view whose operators fail is stopped
// alone, with the views that read it, and all others go on. What a failed
// operator keeps is half updated, so the view leaves the circuit at once, and
// its catalog entry says so from the same commit on that makes the half of the
// step durable: after a restart nobody builds upon that state. Its arrangements
// go when it is dropped.

// quarantine stops the objects whose nodes failed in the last step. Any other
// error is given back.
func (db *Database) quarantine(err error) error {
	roots := map[operators.NodeID]error{}
	for _, e := range unjoin(err) {
		var ne *operators.NodeError
		if !errors.As(e, &ne) {
			return err
		}
		logStopped(db.log, ne)
		roots[ne.Node] = ne.Err
	}
	reasons := db.flow.Failed(roots)
	if len(reasons) == 0 {
		return err
	}
	maps.Copy(reasons, db.unread()) // what is missing only because it was not read
	return db.stopObjects(reasons)
}

// quarantineUnread stops the objects whose arrangements could not be read: what
// their operators found missing since then may only be unread.
func (db *Database) quarantineUnread() error {
	if !db.store.Damaged() {
		return nil
	}
	if err := db.readError(failure.Arr); err != nil {
		return err
	}
	reasons := db.unread()
	if len(reasons) == 0 {
		return nil
	}
	return db.stopObjects(reasons)
}

// unread lists the running objects that keep an arrangement which could not be
// read, with the file.
func (db *Database) unread() map[uint32]string {
	reasons := map[uint32]string{}
	for _, f := range db.store.Failures() {
		for _, o := range db.catalog.Objects {
			if o.Stopped == "" && o.Keeps(f.ID) {
				reasons[o.OID] = f.Error()
			}
		}
	}
	return reasons
}

// readError is the error of reading any of the arrangements so far; without
// arrangements, of any that there are.
func (db *Database) readError(ids ...storage.ArrID) error {
	err := db.store.Fault()
	if err == nil && len(ids) == 0 {
		err = db.store.Err()
	} else if err == nil {
		err = db.store.ErrOf(ids...)
	}
	if err == nil {
		return nil
	}
	return pgerr.New(pgerr.IOError, "the store cannot be read: %v", err)
}

func logStopped(log *slog.Logger, ne *operators.NodeError) {
	stack := ""
	var pe *operators.PanicError
	if errors.As(ne, &pe) {
		stack = string(pe.Stack)
	}
	log.Error("an operator failed", "object", ne.Owner, "operator", ne.Name, "error", ne.Err, "stack", stack)
}

func unjoin(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

// stopObjects marks the objects, and the views that read them, as stopped and
// takes them out of the circuit. It belongs to the loop.
func (db *Database) stopObjects(reasons map[uint32]string) error {
	next := db.catalog
	var gone []*catalog.Object
	for _, o := range db.catalog.Ordered() {
		why, hit := reasons[o.OID]
		if in := next.StoppedInput(o); !hit && in != nil {
			why, hit = fmt.Sprintf("it reads %s, which has stopped", in.Label()), true
		}
		if !hit || o.Stopped != "" || o.Kind == RelView {
			continue
		}
		n, err := o.StoppedBy(why)
		if err != nil {
			return err
		}
		next = next.With(n)
		gone = append(gone, o)
		db.log.Error("an object has stopped", "object", o.Label(), "reason", why)
	}
	db.catalog = next
	for _, o := range slices.Backward(gone) {
		if err := db.flow.Detach(o); err != nil {
			return err
		}
	}
	db.tendSources()
	return nil
}

// stoppedObject is the error of whoever wants to read or write an object that
// has stopped.
func stoppedObject(o *catalog.Object) error {
	e := pgerr.New(pgerr.ObjectNotInPrerequisiteState, "%s has stopped: %s", o.Label(), o.Stopped)
	return e.WithHint("Drop the %s and create it again.", o.Kind.Noun())
}

// attachStored is attach for recovery, over the state that the last commit
// holds. A view that cannot be built over it is stopped alone.
func (db *Database) attachStored(oid uint32) error {
	o := db.catalog.Objects[oid]
	if o.Stopped != "" {
		return nil
	}
	if o.Kind != RelMatView {
		return db.flow.Attach(o)
	}
	plan, err := db.planView(db.catalog, o)
	if err == nil && fingerprint(plan.iplan) != o.Plan {
		err = errors.New("this version of the server plans its query differently, and cannot go on from its state")
	}
	if err == nil {
		err = db.flow.AttachView(o, plan.live())
	}
	if err == nil {
		return nil
	}
	return db.stopObjects(map[uint32]string{oid: err.Error()})
}
