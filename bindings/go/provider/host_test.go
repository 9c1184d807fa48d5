package provider_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
)

// Kinds, tags and statuses that the tests name, once more: from docs/wire.md, not from the package.
const (
	hello, create, get_, getMany, set, delete_, list, refresh, close_ = 1, 2, 3, 4, 5, 6, 7, 8, 9
	helloBack, found, done, names, log                                = 129, 130, 131, 132, 133

	tVersion, tID, tCapabilities, tName, tDeadline, tIndex, tForm  = 1, 2, 3, 4, 5, 6, 7
	tTextLen, tExpiresAt, tRevision, tStatus, tWhat, tNext, tLevel = 8, 9, 10, 11, 12, 13, 14
	tMessage                                                       = 15
)

func field(tag uint16, content string) string {
	head := binary.LittleEndian.AppendUint32(nil, uint32(tag))
	return string(binary.LittleEndian.AppendUint32(head, uint32(len(content)))) + content
}

func u32(tag uint16, number uint32) string {
	return field(tag, string(binary.LittleEndian.AppendUint32(nil, number)))
}

func u64(tag uint16, number uint64) string {
	return field(tag, string(binary.LittleEndian.AppendUint64(nil, number)))
}

func name(text string) string { return field(tName, text) }

func value(form uint32, text string) string {
	return u32(tForm, form) + u32(tTextLen, uint32(len(text)))
}

func header(kind uint16, call, fields, payload uint32) string {
	head := binary.LittleEndian.AppendUint32(nil, uint32(kind))
	head = binary.LittleEndian.AppendUint32(head, call)
	head = binary.LittleEndian.AppendUint32(head, fields)
	return string(binary.LittleEndian.AppendUint32(head, payload))
}

func frame(kind uint16, call uint32, fields, payload string) string {
	return header(kind, call, uint32(len(fields)), uint32(len(payload))) + fields + payload
}

// heard is a frame of the plugin's.
type heard struct {
	kind    uint16
	call    uint32
	fields  map[uint16]string
	names   []string
	payload string
}

func (h heard) number(tag uint16) int64 {
	content, is := h.fields[tag]
	switch {
	case !is:
		return -1
	case len(content) == 4:
		return int64(binary.LittleEndian.Uint32([]byte(content)))
	default:
		return int64(binary.LittleEndian.Uint64([]byte(content)))
	}
}

func (h heard) status() int64 { return h.number(tStatus) }

// host is the host's side, and the program that it started.
type host struct {
	t      *testing.T
	socket *net.UnixConn
	cmd    *exec.Cmd
	output string
}

// start starts the fixture, or this binary as the wild plugin.
func start(t *testing.T, program string, arguments ...string) *host {
	t.Helper()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	check(t, err)
	ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
	conn, err := net.FileConn(ours)
	check(t, err)
	check(t, ours.Close())
	path := fixture
	if program == "wild" {
		path, err = os.Executable()
		check(t, err)
	}
	h := &host{t: t, socket: conn.(*net.UnixConn), cmd: exec.Command(path, arguments...)}
	h.output = filepath.Join(t.TempDir(), "output")
	output, err := os.Create(h.output)
	check(t, err)
	h.cmd.Stdout, h.cmd.Stderr = output, output
	h.cmd.ExtraFiles = []*os.File{theirs}
	h.cmd.Env = append(os.Environ(), "PREFECT_SECRETS_WIRE_FD=3", "PREFECT_SECRETS_TEST_PLUGIN="+program)
	check(t, h.cmd.Start())
	check(t, theirs.Close())
	check(t, output.Close())
	t.Cleanup(func() {
		_ = h.socket.Close()
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
	})
	check(t, h.socket.SetDeadline(time.Now().Add(100*time.Second)))
	return h
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, got, want T, about ...any) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: %v, not %v", fmt.Sprint(about...), got, want)
	}
}

// ready is a host whose plugin has created its provider.
func ready(t *testing.T, program string, arguments ...string) *host {
	t.Helper()
	h := start(t, program, arguments...)
	h.begin("{}")
	created := h.hear()
	equal(t, created.kind, done)
	equal(t, created.status(), 0, "create")
	return h
}

func (h *host) begin(settings string) heard {
	h.t.Helper()
	h.say(frame(hello, 0, u32(tVersion, 1<<16), ""))
	answer := h.hear()
	equal(h.t, answer.kind, helloBack)
	h.say(frame(create, 1, name("mine"), settings))
	return answer
}

func (h *host) say(bytes string) {
	h.t.Helper()
	_, err := io.WriteString(h.socket, bytes)
	check(h.t, err)
}

func (h *host) hear() heard {
	h.t.Helper()
	for {
		frame, err := h.next()
		check(h.t, err)
		if frame.kind != log {
			return frame
		}
	}
}

var errWrong = errors.New("this is no frame of the wire")

// next is the next frame, also one of the log.
func (h *host) next() (heard, error) {
	head := make([]byte, 16)
	if _, err := io.ReadFull(h.socket, head); err != nil {
		return heard{}, err
	}
	le := binary.LittleEndian
	frame := heard{kind: le.Uint16(head), call: le.Uint32(head[4:]), fields: map[uint16]string{}}
	rest := make([]byte, le.Uint32(head[8:])+le.Uint32(head[12:]))
	if _, err := io.ReadFull(h.socket, rest); err != nil {
		return heard{}, err
	}
	fields := rest[:le.Uint32(head[8:])]
	frame.payload = string(rest[len(fields):])
	for len(fields) > 0 {
		if len(fields) < 8 || int(le.Uint32(fields[4:])) > len(fields)-8 {
			return heard{}, errWrong
		}
		tag, content := le.Uint16(fields), string(fields[8:8+le.Uint32(fields[4:])])
		fields = fields[8+len(content):]
		frame.fields[tag] = content
		switch tag {
		case tName:
			frame.names = append(frame.names, content)
		case tWhat, tNext, tMessage:
			if len(content) > 1024 || !utf8.ValidString(content) {
				return heard{}, errWrong
			}
		}
	}
	return frame, nil
}

func (h *host) ask(kind uint16, fields, payload string) heard {
	h.t.Helper()
	h.say(frame(kind, 7, fields, payload))
	answer := h.hear()
	equal(h.t, answer.call, 7)
	return answer
}

func (h *host) get(text string) heard {
	h.t.Helper()
	return h.ask(get_, name(text), "")
}

// end is the status that the program ended with, and what it wrote. No end shows a value.
func (h *host) end(limit time.Duration) (int, string) {
	h.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- h.cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(limit):
		h.t.Fatal("the program does not end")
	}
	output, err := os.ReadFile(h.output)
	check(h.t, err)
	for _, never := range []string{needle, "goroutine", "DATA RACE"} {
		if strings.Contains(string(output), never) {
			h.t.Fatalf("the program wrote %q", output)
		}
	}
	return h.cmd.ProcessState.ExitCode(), string(output)
}
