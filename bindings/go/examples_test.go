// Programs of their own, which neither of the two sees into.
//go:build !race && !goexperiment.cgocheck2

package prefectsecrets_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// program is an example of the workspace that runs.
type program struct {
	command *exec.Cmd
	said    *lines
	ended   chan error
}

// start builds examples/NAME and starts it.
func start(t *testing.T, name string, arguments ...string) *program {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("../../examples", name)
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	p := &program{exec.Command(binary, arguments...), &lines{}, make(chan error, 1)}
	p.command.Stdout, p.command.Stderr = p.said, p.said
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.command.Wait() }()
	t.Cleanup(func() { _ = p.command.Process.Kill() })
	return p
}

// waits until the program has said what the pattern finds, count times.
func (p *program) waits(t *testing.T, pattern string, count int) []string {
	t.Helper()
	search := regexp.MustCompile(pattern)
	for start := time.Now(); time.Since(start) < 20*time.Second; time.Sleep(5 * time.Millisecond) {
		if found := search.FindAllStringSubmatch(p.said.String(), -1); len(found) >= count {
			return found[count-1]
		}
	}
	t.Fatalf("it did not say %q:\n%s", pattern, p.said)
	return nil
}

func (p *program) signal(t *testing.T, which syscall.Signal) {
	t.Helper()
	if err := p.command.Process.Signal(which); err != nil {
		t.Fatal(err)
	}
}

// ends says that the program ended well, and showed no secret.
func (p *program) ends(t *testing.T, shown ...string) {
	t.Helper()
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("%v\n%s", err, p.said)
		}
	case <-time.After(20 * time.Second):
		t.Errorf("it does not end\n%s", p.said)
	}
	for _, secret := range shown {
		if strings.Contains(p.said.String(), secret) {
			t.Error("a secret was shown")
		}
	}
}

func TestTheServiceOfTheExamples(t *testing.T) {
	home(t, "[secrets]\nchain = ['env', 'cloud']\n")
	// Slow, so that requests are under way when the service is to end.
	cloud(t, map[string]string{"SIGNING_KEY": marker}, 30*time.Millisecond)
	service := start(t, "go_service", "-listen", "127.0.0.1:0")
	address := service.waits(t, `address=(\S+)`, 1)[1]
	client := http.Client{Timeout: 20 * time.Second}
	sign := func(ctx context.Context, body string) (int, string, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/sign", strings.NewReader(body))
		if err != nil {
			return 0, "", err
		}
		response, err := client.Do(request)
		if err != nil {
			return 0, "", err
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		return response.StatusCode, strings.TrimSpace(string(text)), err
	}
	right := func(body string) string {
		mac := hmac.New(sha256.New, []byte(marker))
		mac.Write([]byte(body))
		return hex.EncodeToString(mac.Sum(nil))
	}
	requests := 1000
	if testing.Short() {
		requests = 200
	}
	var all sync.WaitGroup
	next := make(chan int)
	for client := 0; client < 50; client++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := range next {
				if i%10 == 0 { // a client that goes
					ctx, cancel := limited(5 * time.Millisecond)
					_, _, _ = sign(ctx, "gone")
					cancel()
					continue
				}
				body := fmt.Sprint("body ", i)
				status, text, err := sign(background, body)
				if err != nil || status != http.StatusOK || text != right(body) {
					t.Errorf("%d, %s, %v", status, text, err)
				}
			}
		}()
	}
	for i := 0; i < requests; i++ {
		next <- i
	}
	close(next)
	all.Wait()

	// What is under way when it is told to end is answered.
	answered := make(chan error, 20)
	for i := 0; i < cap(answered); i++ {
		go func() {
			status, text, err := sign(background, "the last")
			if err == nil && (status != http.StatusOK || text != right("the last")) {
				err = fmt.Errorf("%d", status)
			}
			answered <- err
		}()
	}
	time.Sleep(10 * time.Millisecond)
	service.signal(t, syscall.SIGTERM)
	for i := 0; i < cap(answered); i++ {
		// One that had not got through to it is refused.
		if err := <-answered; err != nil && !strings.Contains(err.Error(), "connection") && !strings.Contains(err.Error(), "EOF") {
			t.Error(err)
		}
	}
	service.ends(t, marker)
}

func TestTheServiceWithoutItsSecret(t *testing.T) {
	home(t, "[secrets]\nchain = ['env']\n")
	service := start(t, "go_service", "-listen", "127.0.0.1:0")
	address := service.waits(t, `address=(\S+)`, 1)[1]
	response, err := http.Post("http://"+address+"/sign", "text/plain", strings.NewReader("x"))
	if err != nil || response.StatusCode != http.StatusInternalServerError {
		t.Fatal(response, err)
	}
	_ = response.Body.Close()
	service.waits(t, "SIGNING_KEY", 1)
	service.signal(t, syscall.SIGINT)
	service.ends(t)
}

func TestTheWorkerOfTheExamples(t *testing.T) {
	var token atomic.Value
	var polls atomic.Int32
	token.Store("")
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		token.Store(request.Header.Get("Authorization"))
		polls.Add(1)
	}))
	defer server.Close()
	hears := func(want string) {
		t.Helper()
		for start := time.Now(); time.Since(start) < 20*time.Second; time.Sleep(2 * time.Millisecond) {
			if token.Load() == want {
				return
			}
		}
		t.Fatal("the worker works with another token")
	}
	folder := home(t, "[context.secrets]\nGITHUB_TOKEN = 'first-"+marker+"'\n[secrets]\nchain = ['toml']\n")
	kept := func(config string) {
		file(t, filepath.Join(folder, ".prefect/config.toml"), config)
	}
	path := filepath.Join(t.TempDir(), "worker.conf")
	says := func(more string) {
		t.Helper()
		text := fmt.Sprintf("# of a test\napi_url = %q\npoll = \"2ms\"\nrefresh = \"1h\"\n%s", server.URL, more)
		// Whole at once, as whoever deploys it should do it.
		file(t, path+".new", text)
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	says("access_token_secret = \"GITHUB_TOKEN\"\n")
	worker := start(t, "go_worker", path)
	hears("Bearer first-" + marker)

	kept("[context.secrets]\nGITHUB_TOKEN = 'second-" + marker + "'\nOTHER_TOKEN = 'third-" + marker + "'\n")
	worker.signal(t, syscall.SIGHUP)
	worker.waits(t, "refreshed why=SIGHUP", 1)
	hears("Bearer second-" + marker)

	// A place that is broken: it goes on, and says so.
	kept("[context.secrets\n")
	worker.signal(t, syscall.SIGHUP)
	worker.waits(t, "going on with the secrets of before", 1)
	before := polls.Load()
	for polls.Load() < before+5 {
		time.Sleep(time.Millisecond)
	}
	hears("Bearer second-" + marker)

	kept("[context.secrets]\nGITHUB_TOKEN = 'second-" + marker + "'\nOTHER_TOKEN = 'third-" + marker + "'\n")
	says("access_token_secret = \"NO_TOKEN\"\n")
	worker.waits(t, "going on with the secrets of before.*NO_TOKEN", 1)
	hears("Bearer second-" + marker)
	says("access_token_secret = \"OTHER_TOKEN\"\nrefresh = \"600ms\"\n")
	hears("Bearer third-" + marker)

	kept("[context.secrets]\nOTHER_TOKEN = 'fourth-" + marker + "'\n")
	hears("Bearer fourth-" + marker)
	worker.waits(t, "refreshed why=interval", 1)
	// Under load: many refreshes while it works.
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	for i := 0; i < rounds; i++ {
		kept(fmt.Sprintf("[context.secrets]\nOTHER_TOKEN = 'number %d of %s'\n", i, marker))
		worker.signal(t, syscall.SIGHUP)
		hears(fmt.Sprintf("Bearer number %d of %s", i, marker))
	}
	worker.signal(t, syscall.SIGTERM)
	worker.ends(t, marker)
}

func TestTheWorkerDoesNotStartWithoutItsSecrets(t *testing.T) {
	home(t, "[secrets]\nchain = ['toml']\n")
	path := filepath.Join(t.TempDir(), "worker.conf")
	file(t, path, "api_url = \"http://127.0.0.1:9\"\naccess_token_secret = \"GITHUB_TOKEN\"\nother_secret = \"OTHER\"\n")
	worker := start(t, "go_worker", path)
	if err := <-worker.ended; err == nil {
		t.Error("it ended as if all were well")
	}
	worker.waits(t, "access_token_secret.*GITHUB_TOKEN", 1)
	worker.waits(t, "other_secret.*OTHER", 1)
}
