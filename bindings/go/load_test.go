package prefectsecrets_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	secrets "prefectsecrets"
	"prefectsecrets/provider"
)

// mixed is a chain with a secret in each kind of place; the names end in the number of the place.
func mixed(t testing.TB) (*secrets.Chain, []string) {
	home(t, "[context.secrets]\nN1 = 'value of 1'\n[secrets]\nchain = ['env', 'toml', 'files', 'mine', 'cloud']\n"+
		plugin(t, "../../examples/plugin_c/directory.c", "files", fmt.Sprintf("config.directory = %q", t.TempDir())))
	environment(t, "N0", "value of 0")
	cloud(t, map[string]string{"N4": "value of 4"}, 0)
	chain := open(t, secrets.HostProvider{Name: "mine", Provider: provider.Provider{
		ID: "mine",
		Get: func(_ context.Context, name string) (*provider.Value, error) {
			if name != "N3" {
				return nil, provider.ErrAbsent
			}
			return provider.Text([]byte("value of 3")), nil
		},
	}})
	if err := chain.SetIn(background, "files", "N2", secrets.Text([]byte("value of 2"))); err != nil {
		t.Fatal(err)
	}
	return chain, []string{"N0", "N1", "N2", "N3", "N4"}
}

func TestAThousandGoroutines(t *testing.T) {
	chain, names := mixed(t)
	ctx, cancel := limited(60 * time.Second)
	defer cancel()
	goroutines := runtime.NumGoroutine()
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	var all sync.WaitGroup
	for i := 0; i < 1000; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			for round := 0; round < rounds; round++ {
				place := (i + round) % len(names)
				secret, err := chain.Get(ctx, names[place])
				if err != nil {
					t.Errorf("%v", err)
					return
				}
				if want := fmt.Sprintf("value of %d", place); textOf(secret) != want {
					t.Errorf("%s has another value", names[place])
				}
				if round%2 == 0 { // the others are left to the garbage collector
					_ = secret.Close()
				}
			}
		}(i)
	}
	all.Wait()
	if t.Failed() {
		return
	}
	most := threads(t)
	if err := chain.Close(); err != nil {
		t.Error(err)
	}
	settles(t, "goroutines", goroutines, runtime.NumGoroutine)
	t.Logf("%d threads at the most", most)
}

func TestEightTimesAHundredThousandGets(t *testing.T) {
	home(t, "[context.secrets]\nT = 'of the file'\n[secrets]\nchain = ['env', 'toml']\n")
	environment(t, "E", "of the environment")
	chain := open(t)
	gets := 100_000
	if testing.Short() {
		gets = 1000
	}
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			own, buffer := background, make([]byte, 32)
			if i%2 == 0 {
				own = ctx
			}
			for get := 0; get < gets; get++ {
				name, want := "E", "of the environment"
				if get%2 == 0 {
					name, want = "T", "of the file"
				}
				n, err := chain.GetInto(own, name, buffer)
				if err != nil || string(buffer[:n]) != want {
					t.Errorf("%d, %v", n, err)
					return
				}
			}
		}(i)
	}
	all.Wait()
}

func TestCallsWhileAChainIsClosed(t *testing.T) {
	home(t, "[secrets]\nchain = ['env']\n")
	environment(t, "C", "value")
	for round := 0; round < 50; round++ {
		chain := open(t)
		var all sync.WaitGroup
		for i := 0; i < 8; i++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for {
					secret, err := chain.Get(background, "C")
					if err == secrets.ErrClosed {
						return
					}
					if err != nil || textOf(secret) != "value" {
						t.Errorf("%v", err)
					}
					_ = secret.Close()
				}
			}()
		}
		time.Sleep(time.Millisecond)
		_ = chain.Close()
		all.Wait()
	}
}

// signals are what the process does with its signals, and what this thread blocks.
func signals(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "SigBlk") || strings.HasPrefix(line, "SigIgn") || strings.HasPrefix(line, "SigCgt") {
			found = append(found, line)
		}
	}
	return strings.Join(found, " ")
}

func TestTheSignalsStayGos(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	hear := make(chan os.Signal, 1)
	signal.Notify(hear, syscall.SIGUSR1)
	defer signal.Stop(hear)
	before := signals(t)
	chain, names := mixed(t)
	for _, name := range names {
		secret, err := chain.Get(background, name)
		if err != nil {
			t.Fatal(err)
		}
		_ = secret.Close()
	}
	if during := signals(t); during != before {
		t.Errorf("%s became %s", before, during)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	select {
	case <-hear:
	case <-time.After(10 * time.Second):
		t.Error("a signal did not come")
	}
	_ = chain.Close()
	if after := signals(t); after != before {
		t.Errorf("%s became %s", before, after)
	}
}
