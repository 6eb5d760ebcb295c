package storage

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

const killDir = "STORAGE_KILL_TEST_DIR"

// TestMain lets the test binary be the process that TestKill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := commitForEver(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// commitForEver goes on from the epoch that it finds, and prints each epoch
// when it is durable.
func commitForEver(dir string) error {
	db, err := Open(Options{Dir: dir})
	if err != nil {
		return err
	}
	e := 0
	if v, ok, err := db.Meta("epoch"); err != nil {
		return err
	} else if ok {
		if e, err = strconv.Atoi(string(v)); err != nil {
			return err
		}
	}
	for e++; ; e++ {
		writeEpoch(db, e)
		if id := treeID(e) - 2; e%4 == 0 && id >= treeID(0) {
			db.Drop(id)
		}
		if err := commitEpoch(db, e); err != nil {
			return err
		}
		fmt.Println(e)
	}
}

func TestKill(t *testing.T) {
	dir := t.TempDir()
	last := 0
	for round := range 6 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), killDir+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 5 + round {
			if !lines.Scan() {
				t.Fatal("the child ended")
			}
			if last, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it had said before it died
			if last, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		if err := child.Wait(); err == nil {
			t.Fatal("the child was not killed")
		}
		db := mustOpenDB(t, Options{Dir: dir})
		e, err := checkEpoch(db)
		if err != nil {
			t.Fatal(err)
		}
		if e < last || e > last+1 {
			t.Fatalf("round %d: epoch %d was acknowledged, found %d", round, last, e)
		}
		closeDB(t, db)
	}
}
