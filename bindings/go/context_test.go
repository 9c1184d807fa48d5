package prefectsecrets_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	secrets "prefectsecrets"
)

func TestAContextThatIsDone(t *testing.T) {
	home(t, "[secrets]\nchain = ['env']\n")
	environment(t, "A", "there")
	chain := open(t)
	cancelled, cancel := context.WithCancel(background)
	cancel()
	passed, stop := context.WithDeadline(background, time.Now().Add(-time.Second))
	defer stop()
	for ctx, want := range map[context.Context]error{
		cancelled: context.Canceled, passed: context.DeadlineExceeded,
	} {
		_, get := chain.Get(ctx, "A")
		_, into := chain.GetInto(ctx, "A", make([]byte, 10))
		_, many := chain.GetMany(ctx, []string{"A"})
		_, exists := chain.Exists(ctx, "A")
		_, list := chain.List(ctx)
		_, explain := chain.Explain(ctx, "A")
		set, remove := chain.Set(ctx, "A", secrets.Text(nil)), chain.Delete(ctx, "A")
		for i, err := range []error{get, into, many, exists, list, explain, set, remove, chain.Refresh(ctx)} {
			if !errors.Is(err, want) {
				t.Errorf("%d: %v", i, err)
			}
			if errors.Is(err, secrets.ErrTimedOut) != (want == context.DeadlineExceeded) {
				t.Errorf("%d: %v", i, err)
			}
		}
	}
}

// promises makes testdata/slow.c one that breaks its promise.
const promises = "-DPROMISE=1"

// slowPlaces are two places whose answers take a second: they name a secret there.
func slowPlaces(t *testing.T) map[string]func(t *testing.T) *secrets.Chain {
	return map[string]func(t *testing.T) *secrets.Chain{
		"a slow Cloud": func(t *testing.T) *secrets.Chain {
			home(t, "[secrets]\nchain = ['env', 'cloud']\n")
			cloud(t, map[string]string{"SLOW": "late"}, time.Second)
			return open(t)
		},
		"a plugin that ignores its deadline": func(t *testing.T) *secrets.Chain {
			home(t, "[secrets]\nchain = ['env', 'slow']\n"+plugin(t, "testdata/slow.c", "slow", "", promises))
			return open(t)
		},
	}
}

// Each of these asks for SLOW in its own way.
var ways = map[string]func(context.Context, *secrets.Chain) error{
	"Get": func(ctx context.Context, chain *secrets.Chain) error {
		secret, err := chain.Get(ctx, "SLOW")
		_ = secret.Close()
		return err
	},
	"GetInto": func(ctx context.Context, chain *secrets.Chain) error {
		buffer := []byte("untouched")
		_, err := chain.GetInto(ctx, "SLOW", buffer)
		if err != nil && string(buffer) != "untouched" {
			return errors.New("the buffer was written to")
		}
		return err
	},
	"GetMany": func(ctx context.Context, chain *secrets.Chain) error {
		results, err := chain.GetMany(ctx, []string{"SLOW"})
		if err == nil {
			err = results[0].Err
			_ = results[0].Secret.Close()
		}
		return err
	},
	"Exists": func(ctx context.Context, chain *secrets.Chain) error {
		_, err := chain.Exists(ctx, "SLOW")
		return err
	},
}

func TestTheEndOfAContextEndsCalls(t *testing.T) {
	for place, prepare := range slowPlaces(t) {
		t.Run(place, func(t *testing.T) {
			chain := prepare(t)
			for way, ask := range ways {
				const after = 300 * time.Millisecond
				limited, stop := context.WithTimeout(background, after)
				start := time.Now()
				err := ask(limited, chain)
				took := time.Since(start)
				stop()
				if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, secrets.ErrTimedOut) {
					t.Errorf("%s: %v", way, err)
				}
				// 1.1 is what was promised; the rest is for a busy machine.
				if took > after*11/10+150*time.Millisecond {
					t.Errorf("%s returned %v after a deadline of %v", way, took-after, after)
				}
				ctx, cancel := context.WithCancel(background)
				time.AfterFunc(100*time.Millisecond, cancel)
				start = time.Now()
				err = ask(ctx, chain)
				took = time.Since(start)
				if !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: %v", way, err)
				}
				if took > time.Second {
					t.Errorf("%s returned %v after it was begun, and cancelled", way, took)
				}
			}
			patient, stop := context.WithTimeout(background, 20*time.Second)
			defer stop()
			secret, err := chain.Get(patient, "SLOW")
			if err != nil {
				t.Fatalf("the chain goes on: %v", err)
			}
			if textOf(secret) != "late" {
				t.Error("another secret came")
			}
			_ = secret.Close()
		})
	}
}

func TestNothingIsLeftOfCancelledCalls(t *testing.T) {
	for place, prepare := range slowPlaces(t) {
		t.Run(place, func(t *testing.T) {
			chain, goroutines := prepare(t), runtime.NumGoroutine()
			round := func() {
				var all sync.WaitGroup
				for i := 0; i < 100; i++ {
					all.Add(1)
					go func(i int) {
						defer all.Done()
						ctx, cancel := context.WithTimeout(background, time.Duration(i)*2*time.Millisecond)
						defer cancel()
						if _, err := chain.Get(ctx, "SLOW"); !errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("%v", err)
						}
					}(i)
				}
				all.Wait()
			}
			// Go keeps the threads that it once needed, so the second round needs none.
			round()
			most := threads(t)
			round()
			settles(t, "goroutines", goroutines, runtime.NumGoroutine)
			settles(t, "threads", most+2, func() int { return threads(t) })
			_ = chain.Close()
			settles(t, "threads", most, func() int { return threads(t) })
		})
	}
}

func TestTheTimeOfAProviderIsNotThatOfTheContext(t *testing.T) {
	home(t, "[secrets]\nchain = ['env', 'slow']\n"+
		plugin(t, "testdata/slow.c", "slow", "timeout_ms = 50", "-DPROMISE=0"))
	chain := open(t)
	ctx, cancel := context.WithTimeout(background, 20*time.Second)
	defer cancel()
	_, err := chain.Get(ctx, "SLOW")
	if !errors.Is(err, secrets.ErrTimedOut) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestMemoryDoesNotWaitForTheNextInTheChain(t *testing.T) {
	home(t, "[secrets]\nchain = ['slow', 'env']\n"+plugin(t, "testdata/slow.c", "slow", "on_error = 'continue'", promises))
	environment(t, "SLOW", "of a weaker place")
	chain := open(t)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	secret, err := chain.Get(ctx, "SLOW")
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	if secret.Provider() != "slow" {
		t.Error("a weaker place answered, because it was quicker")
	}
	if !strings.HasPrefix(textOf(secret), "late") {
		t.Error("another secret came")
	}
}
