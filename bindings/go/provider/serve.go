package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"prefectsecrets/internal/memory"
)

// version is that of docs/wire.md: the major in the upper 16 bits.
const version = 1 << 16

// variable tells the descriptor of the socket.
const variable = "PREFECT_SECRETS_WIRE_FD"

// Statuses of the program.
const (
	ended        = 0
	failed       = 1
	notForPeople = 2
)

// errOver says that the talk is over, and nothing was wrong with it.
var errOver = errors.New("the talk is over")

// talk is the talk with one host.
type talk struct {
	provider Provider
	socket   net.Conn
	sending  sync.Mutex
	// poisoned is set when a callback panicked.
	poisoned atomic.Bool
}

// Serve answers the host that started this program, until it closes the plugin or is gone. Then it
// ends the program: it does not return, because a callback may never do so either.
//
// The status is 0 at the end of a talk; 1 if the host sent what is no frame; 2 if no host started this
// program. It panics if p has no Get, or an ID that cannot be one.
func Serve(p Provider) {
	p.check()
	number, err := strconv.Atoi(os.Getenv(variable))
	if err == nil {
		_ = os.Unsetenv(variable)
		var socket *net.UnixConn
		if socket, err = socketOf(number); err == nil {
			if raw, err := socket.SyscallConn(); err == nil {
				watch(raw)
			}
			t := &talk{provider: p, socket: socket}
			exit(p.ID, t.run())
		}
	}
	fmt.Fprintf(os.Stderr, "libprefect_secrets starts this program, for its plugin %q\n", p.ID)
	os.Exit(notForPeople)
}

func exit(id string, why error) {
	var wrong broken
	if errors.As(why, &wrong) {
		fmt.Fprintf(os.Stderr, "plugin %s: the host broke the wire: %s\n", id, string(wrong))
		os.Exit(failed)
	}
	os.Exit(ended)
}

func (t *talk) run() error {
	if err := t.hello(); err != nil {
		return err
	}
	if err := t.create(); err != nil {
		return err
	}
	return t.work()
}

// send sends a frame. Where the host is gone nobody is there to be told.
func (t *talk) send(frame outgoing, payload ...[]byte) {
	t.sending.Lock()
	defer t.sending.Unlock()
	_ = frame.writeTo(t.socket, payload...)
}

// expect is the next frame of a known kind, which has to be this one.
func (t *talk) expect(kind uint16) (*frame, *fields, error) {
	for {
		f, err := readFrame(t.socket)
		switch {
		case err != nil:
			return nil, nil, err
		case !isKnown(f.kind):
			t.unknown(f)
		case f.kind == kindClose:
			// A host that does not want this plugin after all.
			t.done(f.call, nil, nil)
			return nil, nil, errOver
		case f.kind != kind:
			return nil, nil, broken("a frame came out of its turn")
		default:
			known, err := readFields(f.fields)
			return f, known, err
		}
	}
}

// unknown answers a frame of a kind that is not known here.
func (t *talk) unknown(f *frame) {
	if f.call != 0 {
		t.done(f.call, nil, Fail(Unsupported, "the plugin does not know this kind of call",
			"install the plugin in a newer version"))
	}
}

func (t *talk) hello() error {
	_, known, err := t.expect(kindHello)
	if err != nil {
		return err
	}
	if !known.has(tagVersion) {
		return broken("the host's hello has no version")
	}
	offered := uint32(known.numbers[tagVersion])
	if offered>>16 != version>>16 {
		t.done(0, nil, Fail(Unsupported,
			"the plugin speaks another version of the wire than this host",
			"install the plugin in a version built for this host"))
		return errOver
	}
	hello := newFrame(kindHelloBack, 0)
	hello.number32(tagVersion, min(offered, version))
	hello.text(tagID, t.provider.ID)
	hello.number64(tagCapabilities, t.provider.capabilities())
	t.send(hello)
	current.Store(t)
	return nil
}

func (t *talk) create() error {
	f, known, err := t.expect(kindCreate)
	if err != nil {
		return err
	}
	defer memory.Wipe(f.payload)
	name, err := known.name()
	if err != nil {
		return err
	}
	if !isJSON(f.payload) || firstByte(f.payload) != '{' {
		err = Fail(Invalid, "the host's settings are no JSON object", "report it to the host")
	} else if open := t.provider.Open; open != nil {
		err = t.guarded(func() error { return open(name, json.RawMessage(f.payload)) })
	}
	t.done(f.call, nil, settled(err))
	if err != nil {
		return errOver
	}
	return nil
}

// firstByte is the first of a JSON document that is no white space.
func firstByte(document []byte) byte {
	for _, b := range document {
		if b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			return b
		}
	}
	return 0
}

// work answers calls until the talk ends.
func (t *talk) work() error {
	most := t.provider.MostCalls
	if most <= 0 {
		most = mostCalls
	}
	places := make(chan struct{}, most)
	all, cancel := context.WithCancel(context.Background())
	defer cancel()
	for {
		// First a place, then a frame: calls that have none wait in the socket.
		places <- struct{}{}
		f, err := readFrame(t.socket)
		if err != nil {
			return err
		}
		switch {
		case !isKnown(f.kind):
			t.unknown(f)
			<-places
		case f.kind == kindClose:
			cancel()
			t.close(f.call, places)
			return errOver
		case f.call == 0:
			return broken("a call has no number")
		default:
			c, err := readCall(f)
			if err != nil {
				return err
			}
			go func() {
				defer func() { <-places }()
				t.answer(all, c)
			}()
		}
	}
}

// close lets the provider clean up, if all its callbacks have returned. The caller has one place.
func (t *talk) close(call uint32, places chan struct{}) {
	time.AfterFunc(patience, func() { os.Exit(ended) })
	limit := time.After(patience / 2)
	for taken := 1; taken < cap(places); taken++ {
		select {
		case places <- struct{}{}:
		case <-limit:
			return
		}
	}
	var err error
	if clean := t.provider.Close; clean != nil {
		err = t.guarded(func() error { clean(); return nil })
	}
	t.done(call, nil, err)
}
