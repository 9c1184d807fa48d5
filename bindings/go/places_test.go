package prefectsecrets_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	secrets "prefectsecrets"
)

// The places that the tests get secrets from: a scratch home, a Cloud on loopback, plugins in C.

// home is an empty home with this configuration.
func home(t testing.TB, config string) string {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("HOME", folder)
	file(t, filepath.Join(folder, ".prefect", "config.toml"), config)
	return folder
}

func file(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// environment has a secret in the environment.
func environment(t testing.TB, name, text string) {
	t.Helper()
	t.Setenv("PREFECT__CONTEXT__SECRETS__"+name, text)
}

func open(t testing.TB, providers ...secrets.HostProvider) *secrets.Chain {
	t.Helper()
	chain, err := secrets.Open(secrets.Options{Providers: providers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = chain.Close() })
	return chain
}

// tool is a program of the workspace, whose path the workspace's own tests hand over.
func tool(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		if os.Getenv("PREFECT_SECRETS_NO_SKIPS") != "" {
			t.Fatalf("%s is not set", variable)
		}
		t.Skipf("%s is not set; `cargo test -p prefect-secrets-ffi --test go` sets it", variable)
	}
	return path
}

// cloud starts a Prefect 1 Cloud on loopback, and lets chains that are opened from now on find it.
func cloud(t testing.TB, kept map[string]string, delay time.Duration) {
	t.Helper()
	const key = "key-of-the-tests-8Zt3"
	document, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "secrets.json")
	file(t, path, string(document))
	server := exec.Command(tool(t, "PREFECT_SECRETS_STAND_IN"), "--secrets", path, "--key", key,
		"--delay-ms", strconv.Itoa(int(delay/time.Millisecond)))
	input, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = input.Close(); _ = server.Wait() })
	said, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PREFECT__CLOUD__API", strings.TrimSpace(strings.TrimPrefix(said, "listening on ")))
	t.Setenv("PREFECT__CLOUD__API_KEY", key)
}

// plugin compiles a plugin in C into a folder of its own, and gives its table for config.toml.
func plugin(t testing.TB, source, name, more string, flags ...string) string {
	t.Helper()
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "cc"
	}
	library := filepath.Join(t.TempDir(), name+".so")
	arguments := append([]string{"-shared", "-fPIC", "-I../../include", source, "-o", library}, flags...)
	command := exec.Command(compiler, arguments...)
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return fmt.Sprintf("[secrets.providers.%s]\nplugin = %q\nisolation = 'in-process'\n%s\n",
		name, library, more)
}

// threads counts the threads of the process.
func threads(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// settles waits until a count has come down to most.
func settles(t testing.TB, what string, most int, count func() int) {
	t.Helper()
	var now int
	for start := time.Now(); time.Since(start) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
		runtime.GC()
		if now = count(); now <= most {
			return
		}
	}
	t.Fatalf("%d %s are left, at most %d were expected", now, what, most)
}

func textOf(secret *secrets.Secret) string {
	var copied string
	secret.Use(func(text []byte) { copied = string(text) })
	return copied
}

func limited(to time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(background, to)
}
