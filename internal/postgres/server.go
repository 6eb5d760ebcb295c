// Package postgres holds what Tarn does against what PostgreSQL 15 does: a corpus of
// statements by feature (testdata), with what psql prints of them on PostgreSQL, and
// a PostgreSQL of the test's own that proves it.
package postgres

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Private is the value of TARN_POSTGRES that asks for a server of the test's own.
const Private = "private"

const (
	major    = "15"                         // the version whose answers count
	debians  = "/usr/lib/postgresql/15/bin" // where Debian's package has its programs
	patience = time.Minute                  // for the server's start and end
)

// Programs is the directory of PostgreSQL's programs.
func Programs() (string, error) {
	dirs := []string{debians}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append([]string{strings.TrimSpace(string(out))}, dirs...)
	}
	for _, dir := range dirs {
		version, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
		if f := strings.Fields(string(version)); err != nil || len(f) < 3 || !strings.HasPrefix(f[2], major+".") {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no server of PostgreSQL %s in %s: install the package postgresql-%s", major, strings.Join(dirs, " or "), major)
}

// Start starts a server on a loopback port, with the superuser and the database
// tarn, ctype C.UTF-8 and collation C, and gives its URL. It stops with its test, and
// its files go.
func Start(t testing.TB) (url string) {
	t.Helper()
	programs, err := Programs()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "tarn-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	owner, err := owner(dir)
	if err != nil {
		t.Fatal(err)
	}
	command := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(programs, program), args...)
		cmd.Dir, cmd.SysProcAttr = dir, owner
		cmd.Env = []string{"LC_ALL=C.UTF-8", "TZ=UTC", "PATH=" + os.Getenv("PATH")}
		return cmd
	}
	data := filepath.Join(dir, "data")
	if out, err := command("initdb", "-D", data, "-U", "tarn", "-A", "trust", "-E", "UTF8", "--no-sync",
		"--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C", "--lc-monetary=C", "--lc-numeric=C", "--lc-time=C").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	port := freePort(t)
	server := command("postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", "", "-F", "-c", "timezone=UTC", "-c", "max_connections=20")
	run(t, server)
	url = "postgres://tarn@127.0.0.1:" + port + "/"
	await(t, url+"postgres", "CREATE DATABASE tarn")
	return url + "tarn?sslmode=disable"
}

// owner is whose processes run: PostgreSQL refuses to run as root, for which
// Debian's package has the user postgres.
func owner(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres: %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	attr := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return attr, os.Chown(dir, uid, gid)
}

func freePort(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if e := ln.Close(); err != nil || e != nil {
		t.Fatal(err, e)
	}
	return port
}

// run starts the server, and stops it at the end of the test.
func run(t testing.TB, server *exec.Cmd) {
	t.Helper()
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // it ends without waiting for clients
		kill := time.AfterFunc(patience, func() { _ = server.Process.Kill() })
		err := server.Wait()
		kill.Stop()
		if err != nil || t.Failed() {
			t.Logf("PostgreSQL ended: %v; the end of its log:\n%s", err, tail(log.String()))
		}
	})
}

func tail(log string) string { return log[max(0, len(log)-2000):] }

// await runs a statement as soon as the server answers.
func await(t testing.TB, url, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		conn, err := pgconn.Connect(ctx, url)
		if err == nil {
			err = conn.Exec(ctx, sql).Close()
			_ = conn.Close(ctx)
			if err == nil {
				return
			}
		}
		if ctx.Err() != nil {
			t.Fatalf("PostgreSQL does not answer: %v", err)
		}
		runtime.Gosched()
	}
}
