package testkit

// Config is a way to run a script. Every way must give the same answers.
type Config struct {
	Name        string
	Shards      int   // 0: 1
	MemoryLimit int64 // 0: the default
	RulesOff    bool
	OneByOne    bool // an epoch for each message
	Together    bool // messages of records that follow each other come at once
	Restart     bool // the database is closed and opened after each step
	Crash       bool // it is killed and opened after each step
}

// Configs are all the ways.
func Configs() []Config {
	return []Config{
		{Name: "default"},
		{Name: "one-by-one", OneByOne: true},
		{Name: "together", Together: true},
		{Name: "restart", Restart: true},
		{Name: "crash", Crash: true, OneByOne: true},
		{Name: "shards", Shards: 3},
		{Name: "tiny-memory", MemoryLimit: 1 << 20, Shards: 2},
		{Name: "rules-off", RulesOff: true},
	}
}
