package prefectsecrets_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	secrets "prefectsecrets"
	"prefectsecrets/provider"
)

// memory keeps what it is given.
type memory struct {
	mutex    sync.Mutex
	kept     map[string]provider.Value
	setting  string
	name     string
	closed   atomic.Int32
	refreshs atomic.Int32
	last     *provider.Value
}

func (m *memory) get(_ context.Context, name string) (*provider.Value, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	value, is := m.kept[name]
	if !is {
		return nil, provider.ErrAbsent
	}
	m.last = &provider.Value{
		Text: append([]byte(nil), value.Text...), JSON: append([]byte(nil), value.JSON...),
	}
	if value.JSON == nil {
		m.last.JSON = nil
	}
	return m.last, nil
}

func (m *memory) provider() provider.Provider {
	return provider.Provider{
		ID: "memory",
		Open: func(name string, settings json.RawMessage) error {
			var known struct{ Setting string }
			err := json.Unmarshal(settings, &known)
			m.name, m.setting = name, known.Setting
			return err
		},
		Get: m.get,
		GetMany: func(ctx context.Context, names []string) ([]provider.Answer, error) {
			answers := make([]provider.Answer, len(names))
			for i, name := range names {
				answers[i].Value, answers[i].Err = m.get(ctx, name)
			}
			return answers, nil
		},
		Set: func(_ context.Context, name string, value *provider.Value) error {
			m.mutex.Lock()
			defer m.mutex.Unlock()
			m.kept[name] = provider.Value{
				Text: append([]byte{}, value.Text...), JSON: append([]byte(nil), value.JSON...),
			}
			return nil
		},
		Delete: func(_ context.Context, name string) error {
			m.mutex.Lock()
			defer m.mutex.Unlock()
			if _, is := m.kept[name]; !is {
				return provider.ErrAbsent
			}
			delete(m.kept, name)
			return nil
		},
		List: func(context.Context) ([]string, error) {
			m.mutex.Lock()
			defer m.mutex.Unlock()
			var names []string
			for name := range m.kept {
				names = append(names, name)
			}
			sort.Strings(names)
			return names, nil
		},
		Refresh:         func(context.Context) error { m.refreshs.Add(1); return nil },
		Close:           func() { m.closed.Add(1) },
		HonorsDeadlines: true,
	}
}

func TestAProviderInGo(t *testing.T) {
	home(t, "[secrets]\nchain = ['env', 'mine']\n")
	m := &memory{kept: map[string]provider.Value{"A": {Text: []byte(marker)}, "J": {Text: []byte("1"), JSON: []byte("2")}}}
	settings := json.RawMessage(`{"setting": "said"}`)
	chain := open(t, secrets.HostProvider{Name: "mine", Provider: m.provider(), Settings: settings})
	if m.name != "mine" || m.setting != "said" || string(settings) != `{"setting": "said"}` {
		t.Errorf("%s, %s, %s", m.name, m.setting, settings)
	}
	with, cancel := limited(10 * time.Second)
	defer cancel()
	for _, ctx := range []context.Context{background, with} {
		secret, err := chain.Get(ctx, "A")
		if err != nil || secret.Provider() != "mine" || textOf(secret) != marker {
			t.Fatal(err)
		}
		if strings.Trim(string(m.last.Text), "\x00") != "" {
			t.Error("the provider's copy is not wiped")
		}
		_ = secret.Close()
		if secret, err = chain.Get(ctx, "J"); err != nil || textOf(secret) != "1" {
			t.Fatal(err)
		}
		if err := secret.UseJSON(func(document []byte) {
			if string(document) != "2" {
				t.Error("the JSON view is another one")
			}
		}); err != nil {
			t.Error(err)
		}
		_ = secret.Close()
		if _, err := chain.Get(ctx, "NOWHERE"); !errors.Is(err, secrets.ErrAbsent) {
			t.Errorf("%v", err)
		}
		if err := chain.Set(ctx, "S", secrets.Text([]byte("set"))); err != nil {
			t.Error(err)
		}
		results, err := chain.GetMany(ctx, []string{"S", "NOWHERE", "A"})
		if err != nil || textOf(results[0].Secret) != "set" || results[1].Err == nil || textOf(results[2].Secret) != marker {
			t.Errorf("%v", err)
		}
		for _, result := range results {
			_ = result.Secret.Close()
		}
		listed, err := chain.List(ctx)
		if err != nil || fmt.Sprint(listed) != "[{A mine false} {J mine false} {S mine false}]" {
			t.Errorf("%v, %v", listed, err)
		}
		if err := chain.Delete(ctx, "S"); err != nil {
			t.Error(err)
		}
		if err := chain.Delete(ctx, "S"); !errors.Is(err, secrets.ErrAbsent) {
			t.Errorf("%v", err)
		}
		if err := chain.Refresh(ctx); err != nil {
			t.Error(err)
		}
	}
	_ = chain.Close()
	if m.closed.Load() != 1 || m.refreshs.Load() != 2 {
		t.Errorf("when the chain is closed it was closed %d times, refreshed %d times", m.closed.Load(), m.refreshs.Load())
	}
}

func TestAProviderInGoFails(t *testing.T) {
	home(t, "[secrets]\nchain = ['mine']\n")
	secretErr := errors.New(marker)
	p := provider.Provider{ID: "fails", Get: func(_ context.Context, name string) (*provider.Value, error) {
		switch name {
		case "DENIED":
			return nil, fmt.Errorf("around: %w", provider.Fail(provider.Denied, "not for you", "ask"))
		case "UNKNOWN":
			return nil, secretErr
		case "NOTHING":
			return nil, nil
		case "OTHER":
			return nil, &secrets.Error{Kind: secrets.Unavailable, What: "of another chain", NextStep: "wait"}
		case "HUGE":
			return provider.Text(make([]byte, 64<<20+1)), nil
		case "NO JSON":
			return provider.JSON([]byte("{")), nil
		}
		return nil, provider.ErrAbsent
	}}
	chain := open(t, secrets.HostProvider{Name: "mine", Provider: p})
	for name, want := range map[string]error{
		"DENIED": secrets.ErrDenied, "UNKNOWN": secrets.ErrInternal, "NOTHING": secrets.ErrInternal,
		"OTHER": secrets.ErrUnavailable, "HUGE": secrets.ErrInvalid, "NO JSON": secrets.ErrInternal,
		"ELSE": secrets.ErrAbsent,
	} {
		_, err := chain.Get(background, name)
		if !errors.Is(err, want) || strings.Contains(err.Error(), marker) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := chain.Set(background, "A", secrets.Text(nil)); !errors.Is(err, secrets.ErrUnsupported) {
		t.Errorf("%v", err)
	}
	p.Open = func(string, json.RawMessage) error { return provider.Fail(provider.Invalid, "no setting", "set it") }
	for _, refused := range []secrets.HostProvider{
		{Name: "mine", Provider: p},
		{Name: "mine"},
		{Name: "mine", Provider: provider.Provider{ID: "NO", Get: p.Get}},
		{Name: "", Provider: provider.Provider{ID: "ok", Get: p.Get}},
		{Name: "mine", Provider: provider.Provider{ID: "ok", Get: p.Get}, Settings: json.RawMessage("[]")},
	} {
		_, err := secrets.Open(secrets.Options{Providers: []secrets.HostProvider{refused}})
		if !errors.Is(err, secrets.ErrInvalid) {
			t.Errorf("%v", err)
		}
	}
}

func TestAPanicInAProviderInGo(t *testing.T) {
	home(t, "[secrets]\nchain = ['mine']\n")
	for how, get := range map[string]func(context.Context, string) (*provider.Value, error){
		"a panic":          func(context.Context, string) (*provider.Value, error) { panic(marker) },
		"a nil map":        func(context.Context, string) (*provider.Value, error) { var m map[int]int; m[0] = 1; return nil, nil },
		"a goroutine ends": func(context.Context, string) (*provider.Value, error) { runtime.Goexit(); return nil, nil },
	} {
		t.Run(how, func(t *testing.T) {
			var said lines
			secrets.SetLog(func(_ secrets.Level, line string) { fmt.Fprintln(&said, line) })
			defer secrets.SetLog(nil)
			chain := open(t, secrets.HostProvider{Name: "mine", Provider: provider.Provider{ID: "panics", Get: get}})
			for range [2]int{} {
				if _, err := chain.Get(background, "A"); !errors.Is(err, secrets.ErrPanicked) {
					t.Errorf("%v", err)
				}
			}
			if strings.Contains(said.String(), marker) || !strings.Contains(said.String(), "mine: a callback") {
				t.Errorf("the log is %s", said.String())
			}
		})
	}
}

func TestADeadlineInAProviderInGo(t *testing.T) {
	home(t, "[secrets]\nchain = ['mine']\n")
	goroutines := runtime.NumGoroutine()
	let := make(chan struct{})
	saw := make(chan error, 10)
	p := provider.Provider{ID: "waits", MostCalls: 2, Get: func(ctx context.Context, name string) (*provider.Value, error) {
		switch name {
		case "LISTENS":
			<-ctx.Done()
			saw <- ctx.Err()
			return nil, ctx.Err()
		case "DEAF":
			<-let
			return provider.Text([]byte("too late")), nil
		}
		return provider.Text([]byte("quick")), nil
	}}
	chain := open(t, secrets.HostProvider{Name: "mine", Provider: p})
	const after = 200 * time.Millisecond
	for _, name := range []string{"LISTENS", "DEAF"} {
		ctx, cancel := limited(after)
		start := time.Now()
		_, err := chain.Get(ctx, name)
		took := time.Since(start)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || took > after*11/10+150*time.Millisecond {
			t.Errorf("%s: %v after %v", name, err, took)
		}
	}
	<-saw
	// The caller's wish comes through, long before the deadline of its call.
	ctx, cancel := context.WithCancel(background)
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := chain.Get(ctx, "LISTENS"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	select {
	case <-saw:
	case <-time.After(10 * time.Second):
		t.Error("the provider did not hear that nobody wants its answer")
	}
	// One of two places is held by the deaf one, the second one is there for the others.
	secret, err := chain.Get(background, "ELSE")
	if err != nil {
		t.Fatal(err)
	}
	_ = secret.Close()
	second, stop := limited(after)
	if _, err := chain.Get(second, "DEAF"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	stop()
	third, stop := limited(after)
	defer stop()
	if _, err := chain.Get(third, "ELSE"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("all places are taken, and yet: %v", err)
	}
	close(let)
	if secret, err = chain.Get(background, "ELSE"); err != nil {
		t.Fatal(err)
	}
	_ = secret.Close()
	_ = chain.Close()
	settles(t, "goroutines", goroutines, runtime.NumGoroutine)
}

func TestAProviderInGoThatAsksAnotherChain(t *testing.T) {
	home(t, "[secrets]\nchain = ['env']\n")
	environment(t, "INNER", "of the inner chain")
	inner := open(t)
	outer := open(t, secrets.HostProvider{Name: "around", Provider: provider.Provider{
		ID: "around",
		Get: func(ctx context.Context, name string) (*provider.Value, error) {
			secret, err := inner.Get(ctx, strings.TrimPrefix(name, "MY_"))
			if err != nil {
				return nil, err
			}
			defer secret.Close()
			value := &provider.Value{}
			secret.Use(func(text []byte) { value.Text = append(value.Text, text...) })
			return value, nil
		},
	}})
	secret, err := outer.Get(background, "MY_INNER")
	if err != nil || textOf(secret) != "of the inner chain" {
		t.Error(err)
	}
	_ = secret.Close()
	if _, err := outer.Get(background, "MY_NONE"); !errors.Is(err, secrets.ErrAbsent) {
		t.Errorf("%v", err)
	}
	_ = inner.Close()
	if _, err := outer.Get(background, "MY_INNER"); !errors.Is(err, secrets.ErrInternal) {
		t.Errorf("%v", err)
	}
}
