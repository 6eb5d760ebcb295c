package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/flow"
	"github.com/tarndb/tarn/engine/gate"
	"github.com/tarndb/tarn/engine/history"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/engine/pace"
	"github.com/tarndb/tarn/engine/record"
	"github.com/tarndb/tarn/engine/sequence"
	"github.com/tarndb/tarn/engine/spare"
	"github.com/tarndb/tarn/engine/system"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/rules"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
	"github.com/tarndb/tarn/storage/tablelog"
)

// Options say how a database is opened.
type Options struct {
	Dir            string        // the data directory; it is made if it does not exist
	Shards         int           // 0: what the directory was made with; a new one, one per core
	MemoryLimit    int64         // bytes for state, caches, queues and queries together; 0: none
	CommitInterval time.Duration // 0: one second
	OpenLog        OpenLog       // opens the topics of sources
	DefaultBroker  string        // properties.bootstrap.server of sources that name none; empty: they must
	System         []SystemTable // pg_catalog and information_schema
	SystemCall     SystemCall    // the functions that go with them; nil: none
	Version        string        // for version()
	Logger         *slog.Logger  // nil: slog.Default
	Retry          time.Duration // the first backoff of a source, and of a commit that fails; 0: 100 ms
	Now            func() time.Time
	RulesOff       bool // plans are not optimized: for tests

	// StartBroker is called once the directory is locked and before anything
	// reads a topic; it starts the broker that shares the directory and gives its
	// address, which takes the place of DefaultBroker. nil: none.
	StartBroker func() (addr string, err error)

	// Where tests put other file systems.
	openStore    func(storage.Options) (*storage.DB, error)
	openTableLog func(dir string) (*tablelog.Log, error)
	tapLimit     int64 // see tapBytes
	chunkRows    int   // see chunkRows; 0: by the memory limit
}

func (o *Options) now() int64 { return o.Now().UnixMicro() - pgEpochMicros }

// rules are the planner's rewrites of views, or of queries that run once.
func (o *Options) rules(adHoc bool) []planner.Rule {
	switch {
	case o.RulesOff:
		return nil
	case adHoc:
		return rules.AdHoc()
	}
	return rules.All()
}

// tapBytes is from how many bytes of changes on, that wait for a hydration, the
// epochs wait for it too: whoever makes a view is served at the speed at which
// its inputs change, and memory stays bounded.
const tapBytes = 64 << 20

// Database is one open data directory. Its methods are for all goroutines.
type Database struct {
	opts     Options
	log      *slog.Logger
	shards   int
	store    *storage.DB
	tableLog *tablelog.Log
	system   *system.Relations

	epoch         atomic.Uint64 // the last complete epoch
	committed     atomic.Uint64 // the last one on disk
	current       atomic.Pointer[state]
	problem       atomic.Pointer[error] // why the epochs stopped
	commitProblem atomic.Pointer[error] // why the last commit failed: nothing that adds to the state goes on
	tableProblem  atomic.Pointer[error] // why the table log takes no more writes

	durableCatalog atomic.Pointer[catalog.Catalog] // of the last commit
	readers        readers

	// The loop's own. See run.
	catalog       *catalog.Catalog
	clock         int64
	logPos        uint64 // of the last table write in an epoch
	pace          pace.Pace
	flow          *flow.Flow
	sources       map[uint32]*source
	halted        error
	advanced      bool // offsets moved without an epoch, or a commit must be made anyway
	committing    *pendingCommit
	pause         pace.Pause
	stalled       time.Duration        // by commits since the last epoch
	tapMemory     *storage.Reservation // what waits for hydrations
	idleEpoch     uint64               // the last one when time was last looked at
	spent         []ingest.Chunk       // of the last epoch, which the circuit may still share
	commitWaiters []commitWaiter
	lastWant      uint64    // number of the newest waiter
	lastCommit    time.Time // when the last commit began
	durable       struct {
		epoch   uint64
		catalog *catalog.Catalog
	}
	uncertain map[uint32]bool // objects in commits that failed and in none since

	wake       chan struct{}
	commands   chan func()
	snapshots  chan snapshotRequest
	writes     chan *tableWrite
	requests   chan *writeRequest
	counts     chan *writeRequest // of sequences alone
	commitDone chan *pendingCommit
	stopped    chan struct{}
	cancel     context.CancelFunc
	background sync.WaitGroup

	ddl      gate.Turn // one change of the catalog at a time
	gate     *gate.Gate
	states   stateRegistry
	closing  sync.Once
	closeErr error
	started  time.Time
	sessions sessionRegistry
	counters sequence.Registry
	jobs     history.Jobs
	epochs   history.Ring[history.Epoch]
	commits  history.Ring[history.Commit]
}

func errShutdown() error {
	return pgerr.New(pgerr.AdminShutdown, "terminating connection due to administrator command")
}

// Open opens or makes a data directory, recovers what the last commit and the
// table log hold, and starts the epochs. Reads wait until the sources have
// caught up with what their topics held.
func Open(opts Options) (*Database, error) {
	asked := opts.Shards
	opts.fill()
	tables := filepath.Join(opts.Dir, "tables")
	if err := tablelog.Check(nil, tables); err != nil { // before the store writes anything
		return nil, err
	}
	store, err := opts.openStore(storage.Options{Dir: opts.Dir, MemoryLimit: opts.MemoryLimit, Logger: opts.Logger, HoldCompactions: true})
	if err != nil {
		return nil, err
	}
	log, err := opts.openTableLog(tables)
	if err != nil {
		store.Close()
		return nil, err
	}
	db := &Database{
		opts: opts, log: opts.Logger, shards: opts.Shards, store: store, tableLog: log, started: time.Now(),
		sources:    map[uint32]*source{},
		wake:       make(chan struct{}, 1),
		commands:   make(chan func()),
		snapshots:  make(chan snapshotRequest),
		writes:     make(chan *tableWrite, 16),
		requests:   make(chan *writeRequest, 1024),
		counts:     make(chan *writeRequest),
		commitDone: make(chan *pendingCommit, 1),
		stopped:    make(chan struct{}),
		uncertain:  map[uint32]bool{},
		ddl:        gate.NewTurn(),
		gate:       gate.New(),
		pace:       pace.New(),
		pause:      pace.NewPause(opts.Retry),
	}
	db.tapMemory = store.Memory().Reservation(storage.HydrationMemory)
	err = nil
	if opts.StartBroker != nil {
		db.opts.DefaultBroker, err = opts.StartBroker()
	}
	if err == nil {
		err = db.fixShards(asked)
	}
	if err == nil {
		err = db.recover()
	}
	if err != nil {
		for _, s := range db.sources {
			s.reader.Stop()
		}
		db.states.releaseAll()
		log.Close()
		store.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	db.cancel = cancel
	for _, f := range []func(context.Context){db.run, db.sequence} {
		db.background.Add(1)
		go func() {
			defer db.background.Done()
			f(ctx)
		}()
	}
	return db, nil
}

// fixShards makes the directory's number of shards the engine's: rows lie where
// the hash of their keys by that number has put them. asked is what the caller
// asked for, 0 for no matter what.
func (db *Database) fixShards(asked int) error {
	have := 0
	if err := db.loadMeta(metaShards, &have); err != nil {
		return err
	}
	if have == 0 {
		return nil
	}
	if asked > 0 && asked != have {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState,
			"data directory %q was made with %d shards and cannot be opened with %d", db.opts.Dir, have, asked)
	}
	db.shards = have
	return nil
}

func (o *Options) fill() {
	if o.Shards <= 0 {
		o.Shards = spare.Cores()
	}
	if o.CommitInterval <= 0 {
		o.CommitInterval = time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.tapLimit == 0 {
		o.tapLimit = tapBytes
	}
	if o.openStore == nil {
		o.openStore = storage.Open
	}
	if o.openTableLog == nil {
		o.openTableLog = func(dir string) (*tablelog.Log, error) { return tablelog.Open(nil, dir) }
	}
}

// recover loads the committed epoch and replays the table log; the topics are
// replayed by the sources themselves, from the committed offsets.
func (db *Database) recover() error {
	cat, err := catalog.Load(db.store)
	if err != nil {
		return err
	}
	db.catalog, db.durable.catalog = cat, cat
	db.durableCatalog.Store(cat)
	var committed uint64
	if err := db.loadMeta(metaEpoch, &committed); err != nil {
		return err
	}
	if err := db.loadMeta(metaClock, &db.clock); err != nil {
		return err
	}
	if err := db.loadMeta(metaLogPos, &db.logPos); err != nil {
		return err
	}
	db.durable.epoch = committed
	db.committed.Store(committed)
	db.epoch.Store(committed + epochGap)
	if committed == 0 {
		db.epoch.Store(0)
	}
	db.system = db.systemTables()
	db.flow = flow.New(db.shards, db.store)
	db.dropUnowned(cat)
	if err := db.recoverFlow(cat); err != nil {
		return err
	}
	if err := db.claimEpochs(); err != nil {
		return err
	}
	if err := db.replayTables(cat); err != nil {
		return err
	}
	db.startSources()
	db.publish()
	return nil
}

func (db *Database) loadMeta(key string, into any) error {
	text, ok, err := db.store.Meta(key)
	if err != nil || !ok {
		return err
	}
	if _, err := fmt.Sscan(string(text), into); err != nil {
		return pgerr.New(pgerr.DataCorrupted, "meta entry %q is corrupt: %v", key, err)
	}
	return nil
}

// dropUnowned drops the arrangements that belong to no object: a hydration was
// cut short by a crash. They are gone with the next commit.
func (db *Database) dropUnowned(cat *catalog.Catalog) {
	owned := cat.Arrangements()
	var gone []storage.ArrID
	for _, a := range db.store.Stats() {
		if a.ID >= catalog.FirstArr && !owned[a.ID] {
			gone = append(gone, a.ID)
		}
	}
	if len(gone) > 0 {
		db.store.Drop(gone...)
		db.advanced = true
	}
}

// recoverFlow builds the circuit over the stored state.
func (db *Database) recoverFlow(cat *catalog.Catalog) error {
	for _, o := range cat.Ordered() {
		if o.Kind == RelSource {
			s, err := db.newSource(o)
			if err != nil {
				return err
			}
			if err := db.loadOffsets(s); err != nil {
				return err
			}
			db.sources[o.OID] = s
		}
		if err := db.attachStored(o.OID); err != nil {
			return fmt.Errorf("recovering %s: %w", o.Label(), err)
		}
	}
	return nil
}

// startSources begins to read what views and stored sources need. Reads of it
// wait until it has reached the ends that the topics have now.
func (db *Database) startSources() {
	for oid, s := range db.sources {
		if wanted, live := db.flow.Wanted(db.catalog.Objects[oid]); live {
			s.reader.Hold()
			s.start(wanted)
		}
	}
}

func (db *Database) loadOffsets(s *source) error {
	text, ok, err := db.store.Meta(metaOffsetsKey(s.obj.OID))
	if err != nil || !ok {
		return err
	}
	var saved savedOffsets
	if err := json.Unmarshal(text, &saved); err != nil {
		return pgerr.New(pgerr.DataCorrupted, "offsets of %s are corrupt: %v", s.obj.Label(), err)
	}
	maps.Copy(s.offsets, saved.Next)
	maps.Copy(s.starts, saved.Start)
	s.resolved = saved.Resolved
	s.levels.Load(saved.Levels)
	return nil
}

// replayTables runs the acknowledged writes that no commit holds, each in an
// epoch of its own.
func (db *Database) replayTables(cat *catalog.Catalog) error {
	return db.tableLog.Replay(db.logPos+1, func(pos uint64, rec []byte) error {
		deltas, err := record.Decode(rec, func(oid uint32) ([]row.Type, string) {
			if o := cat.Objects[oid]; o != nil {
				return o.Types(), o.Label()
			}
			return nil, ""
		})
		if err != nil {
			return err
		}
		if err := db.stepCircuit(context.Background(), deltas); err != nil {
			return err
		}
		if err := db.applyErrors(db.flow.ErrorRows()); err != nil {
			return err
		}
		db.endEpoch()
		db.logPos = pos
		return nil
	})
}
