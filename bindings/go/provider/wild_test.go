package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"prefectsecrets/provider"
)

// needle is a value that no log and no message may show.
const needle = "a secret that no log shows"

// fixture is the program internal/fixture.
var fixture string

// The tests start their own binary as a plugin, and the fixture, which is built first. The race
// detector, if it is asked for, is in both.
func TestMain(m *testing.M) {
	if os.Getenv("PREFECT_SECRETS_TEST_PLUGIN") == "wild" {
		wild()
	}
	folder, err := os.MkdirTemp("", "provider-test-")
	if err != nil {
		panic(err)
	}
	fixture = filepath.Join(folder, "fixture")
	build := exec.Command("go", "build", "-race="+strconv.FormatBool(race), "-o", fixture,
		"prefectsecrets/internal/fixture")
	if said, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", said, err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(status)
}

type secretError struct{ text string }

func (e *secretError) Error() string { return e.text }

var (
	busy, most atomic.Int32
	kept       [][]byte
)

// wild does what it is told by the name that it is asked for.
func wild() {
	calls := 8
	if len(os.Args) > 1 {
		calls, _ = strconv.Atoi(os.Args[1])
	}
	provider.Serve(provider.Provider{
		ID:              "wild",
		HonorsDeadlines: true,
		MostCalls:       calls,
		Open: func(_ string, settings json.RawMessage) error {
			switch {
			case bytes.Contains(settings, []byte("hang")):
				select {}
			case bytes.Contains(settings, []byte("raise")):
				return errors.New(needle)
			case bytes.Contains(settings, []byte("panic")):
				panic(needle)
			}
			return nil
		},
		Get: get,
		GetMany: func(_ context.Context, names []string) ([]provider.Answer, error) {
			if names[0] == "TOO FEW" {
				return nil, nil
			}
			shared := provider.Text([]byte("shared"))
			answers := make([]provider.Answer, len(names))
			for i := range answers {
				answers[i].Value = shared
			}
			return answers, nil
		},
		Set: func(_ context.Context, name string, value *provider.Value) error {
			if name == "KEEP" {
				kept = append(kept, bytes.Clone(value.Text))
			}
			if name == "ERROR" {
				return &secretError{string(value.Text)}
			}
			return nil
		},
		Delete: func(context.Context, string) error {
			return fmt.Errorf("%s: %w", needle, &secretError{needle})
		},
		List:  func(context.Context) ([]string, error) { return []string{"A\x00B"}, nil },
		Close: func() { fmt.Println("closed") },
	})
}

func get(ctx context.Context, name string) (*provider.Value, error) {
	what, argument, _ := strings.Cut(name, ":")
	number, _ := strconv.Atoi(argument)
	switch what {
	case "SLEEP":
		now := busy.Add(1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		time.Sleep(time.Duration(number) * time.Millisecond)
		busy.Add(-1)
		return provider.Text([]byte("slept")), nil
	case "MOST":
		return provider.Text([]byte(strconv.Itoa(int(most.Load())))), nil
	case "HANG":
		select {}
	case "WAIT":
		<-ctx.Done()
		return nil, ctx.Err()
	case "REMAINING":
		until, limited := ctx.Deadline()
		if !limited {
			return provider.Text([]byte("none")), nil
		}
		left := max(0, time.Until(until).Milliseconds())
		return provider.Text([]byte(strconv.FormatInt(left, 10))), nil
	case "ERROR":
		return nil, &secretError{needle}
	case "WRAPPED":
		failure := provider.Fail(provider.Denied, "what", "next")
		return nil, fmt.Errorf("%s: %w", needle, failure)
	case "PANIC":
		panic(needle)
	case "NOTHING":
		return nil, nil
	case "BIG":
		return provider.Text(make([]byte, number)), nil
	case "MADE":
		return provider.Text(made()), nil
	case "LOG":
		provider.Log(provider.LevelInformation, "one\nline "+strings.Repeat("ü", 1000))
		return provider.Text([]byte("logged")), nil
	case "PRINT":
		fmt.Println("printed")
		return provider.Text([]byte("done")), nil
	}
	return nil, provider.ErrAbsent
}

// made is a value that stands nowhere in this file.
func made() []byte {
	value := make([]byte, 64)
	for i := range value {
		value[i] = byte((i*7 + 13) % 251)
	}
	return value
}
