package prefectsecrets_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	secrets "prefectsecrets"
)

var background = context.Background()

func TestThreeAnswers(t *testing.T) {
	home(t, "[context.secrets]\nFROM_FILE = 'in the file'\n[secrets]\nchain = ['env', 'toml', 'cloud']\n")
	environment(t, "FROM_ENV", "in the environment")
	t.Setenv("PREFECT__CLOUD__API", "http://127.0.0.1:9") // nobody is there
	t.Setenv("PREFECT__CLOUD__API_KEY", "key")
	chain := open(t)
	with, cancel := context.WithTimeout(background, 5*time.Second)
	defer cancel()
	for _, ctx := range []context.Context{background, with} {
		for name, want := range map[string]string{
			"FROM_ENV": "in the environment", "FROM_FILE": "in the file",
		} {
			secret, err := chain.Get(ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			if got := textOf(secret); got != want || secret.Len() != len(want) {
				t.Errorf("%s has %d bytes", name, len(got))
			}
			_ = secret.Close()
			there, err := chain.Exists(ctx, name)
			if err != nil || !there {
				t.Errorf("%s: %v, %v", name, there, err)
			}
		}
	}
	short, stop := context.WithTimeout(background, 300*time.Millisecond)
	defer stop()
	_, err := chain.Get(short, "ELSEWHERE")
	var failure *secrets.Error
	if !errors.As(err, &failure) || errors.Is(err, secrets.ErrAbsent) {
		t.Fatalf("an outage is %v", err)
	}
	if failure.Provider != "cloud" || failure.Name != "ELSEWHERE" || failure.What == "" ||
		failure.NextStep == "" {
		t.Errorf("%#v", failure)
	}
	if _, err := chain.Exists(short, "ELSEWHERE"); err == nil {
		t.Error("an outage is no answer")
	}
}

func TestAbsentSaysWhatWasAskedFor(t *testing.T) {
	home(t, "[secrets]\nchain = ['env', 'toml']\n")
	chain := open(t)
	with, cancel := context.WithCancel(background)
	defer cancel()
	for _, ctx := range []context.Context{background, with} {
		_, err := chain.Get(ctx, "NOWHERE")
		if !errors.Is(err, secrets.ErrAbsent) || !strings.Contains(err.Error(), "NOWHERE") {
			t.Errorf("%v", err)
		}
		var failure *secrets.Error
		if errors.As(err, &failure) {
			t.Error("absence is no failure")
		}
		if there, err := chain.Exists(ctx, "NOWHERE"); there || err != nil {
			t.Errorf("%v, %v", there, err)
		}
		if _, err := chain.Get(ctx, "A\x00B"); !errors.Is(err, secrets.ErrInvalid) {
			t.Errorf("%v", err)
		}
		if _, err := chain.Get(ctx, ""); !errors.Is(err, secrets.ErrAbsent) {
			t.Errorf("%v", err)
		}
	}
}

func TestIntoABuffer(t *testing.T) {
	home(t, "[secrets]\nchain = ['env']\n")
	environment(t, "SIX", "abcdef")
	chain := open(t)
	with, cancel := context.WithCancel(background)
	defer cancel()
	for _, ctx := range []context.Context{background, with} {
		for _, size := range []int{6, 7, 100} {
			buffer := make([]byte, size)
			n, err := chain.GetInto(ctx, "SIX", buffer)
			if n != 6 || err != nil || string(buffer[:n]) != "abcdef" {
				t.Errorf("%d, %v", n, err)
			}
		}
		for _, size := range []int{0, 5} {
			buffer := make([]byte, size)
			n, err := chain.GetInto(ctx, "SIX", buffer)
			if n != 6 || !errors.Is(err, io.ErrShortBuffer) || strings.Trim(string(buffer), "\x00") != "" {
				t.Errorf("%d, %v", n, err)
			}
		}
		if n, err := chain.GetInto(ctx, "NOWHERE", nil); n != 0 || !errors.Is(err, secrets.ErrAbsent) {
			t.Errorf("%d, %v", n, err)
		}
	}
}

func TestMany(t *testing.T) {
	home(t, "[context.secrets]\nB = 'two'\n")
	environment(t, "A", "one")
	cloud(t, map[string]string{"C": "three"}, 0)
	chain := open(t)
	with, cancel := context.WithTimeout(background, 10*time.Second)
	defer cancel()
	for _, ctx := range []context.Context{background, with} {
		results, err := chain.GetMany(ctx, []string{"C", "NOWHERE", "A", "B", "", "A"})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"three", "", "one", "two", "", "one"} {
			result := results[i]
			if want == "" {
				if result.Secret != nil || !errors.Is(result.Err, secrets.ErrAbsent) {
					t.Errorf("%d: %v", i, result.Err)
				}
			} else if result.Err != nil || textOf(result.Secret) != want {
				t.Errorf("%d: %v", i, result.Err)
			}
			_ = result.Secret.Close()
		}
		if results, err := chain.GetMany(ctx, nil); len(results) != 0 || err != nil {
			t.Errorf("%v, %v", results, err)
		}
		if _, err := chain.GetMany(ctx, []string{"A", "\xff"}); !errors.Is(err, secrets.ErrInvalid) {
			t.Errorf("%v", err)
		}
	}
}

func TestTheDefaultChain(t *testing.T) {
	home(t, "[secrets]\nchain = ['env']\n")
	environment(t, "D", "first")
	secrets.CloseDefault()
	t.Cleanup(secrets.CloseDefault)
	secret, err := secrets.Get(background, "D")
	if err != nil || textOf(secret) != "first" {
		t.Fatal(err)
	}
	_ = secret.Close()
	chain, err := secrets.Default()
	if err != nil {
		t.Fatal(err)
	}
	if there, err := chain.Exists(background, "D"); !there || err != nil {
		t.Error(err)
	}
	_ = chain.Close()
	environment(t, "D", "second")
	secrets.CloseDefault()
	if secret, err = secrets.Get(background, "D"); err != nil || textOf(secret) != "second" {
		t.Error(err)
	}
	_ = secret.Close()
}

func TestAClosedChain(t *testing.T) {
	home(t, "[secrets]\nchain = ['env']\n")
	environment(t, "E", "kept")
	chain := open(t)
	secret, err := chain.Get(background, "E")
	if err != nil {
		t.Fatal(err)
	}
	for range [2]int{} {
		if err := chain.Close(); err != nil {
			t.Error(err)
		}
	}
	with, cancel := context.WithCancel(background)
	defer cancel()
	for _, ctx := range []context.Context{background, with} {
		_, get := chain.Get(ctx, "E")
		_, list := chain.List(ctx)
		_, trace := chain.LoadTrace("env")
		for _, err := range []error{get, list, trace, chain.Refresh(ctx), chain.Delete(ctx, "E")} {
			if !errors.Is(err, secrets.ErrClosed) {
				t.Errorf("%v", err)
			}
		}
	}
	if textOf(secret) != "kept" {
		t.Error("a secret lives on")
	}
	_ = secret.Close()
}

func TestAConfigurationThatIsBroken(t *testing.T) {
	home(t, "[secrets\n")
	if _, err := secrets.Open(secrets.Options{}); !errors.Is(err, secrets.ErrInvalid) {
		t.Errorf("%v", err)
	}
	path := t.TempDir() + "/other.toml"
	file(t, path, "[context.secrets]\nF = 'of the other file'\n[secrets]\nchain = ['toml']\n")
	chain, err := secrets.Open(secrets.Options{ConfigPath: path})
	if err != nil {
		t.Fatal(err)
	}
	defer chain.Close()
	secret, err := chain.Get(background, "F")
	if err != nil || secret.Provider() != "toml" {
		t.Error(err)
	}
	_ = secret.Close()
}
