package prefectsecrets_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	secrets "prefectsecrets"
	"prefectsecrets/provider"
)

// lines is a log that is written to from anywhere.
type lines struct {
	mutex sync.Mutex
	all   bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.all.Write(line)
}

func (l *lines) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.all.String()
}

func TestTheLog(t *testing.T) {
	home(t, "[context.secrets]\nL = '"+marker+"'\n[secrets]\nchain = ['talks', 'toml']\n"+
		"[secrets.providers.talks]\non_error = 'continue'\n[secrets.providers.unused]\non_error = 'stop'\n")
	talks := secrets.HostProvider{Name: "talks", Provider: provider.Provider{
		ID: "talks",
		Get: func(context.Context, string) (*provider.Value, error) {
			provider.Log(provider.LevelInformation, "a line of the provider")
			return nil, provider.Fail(provider.Unavailable, "it is down", "wait")
		},
	}}
	t.Cleanup(func() { secrets.SetLog(nil) })
	var said lines
	options := slog.HandlerOptions{Level: slog.LevelInfo}
	secrets.SetLogHandler(slog.NewTextHandler(&said, &options))
	chain := open(t, talks)
	ask := func() {
		secret, err := chain.Get(background, "L")
		if err != nil {
			t.Fatal(err)
		}
		_ = secret.Close()
	}
	ask()
	got := said.String()
	for _, part := range []string{"level=WARN", "going on", "level=INFO msg=\"a line of the provider\"", "unused"} {
		if !strings.Contains(got, part) {
			t.Errorf("there is no %q in\n%s", part, got)
		}
	}
	if strings.Contains(got, marker) {
		t.Error("the log has a value")
	}

	count := 0
	secrets.SetLog(func(level secrets.Level, line string) {
		count++
		panic("of a log")
	})
	ask()
	if count == 0 {
		t.Error("the function heard nothing")
	}
	secrets.SetLogHandler(nil)
	before := count
	ask()
	if count != before || said.String() != got {
		t.Error("a log that was turned off goes on")
	}
}
