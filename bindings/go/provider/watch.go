package provider

import (
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"
)

const (
	clockMonotonic = 1
	pollRDHUP      = 0x2000
	pollIn         = 0x1
	sysPidfdOpen   = 434 // on every architecture
)

// patience is how long the reader has, after the host is gone, to read what it had still sent.
const patience = time.Second

type pollFD struct {
	descriptor      int32
	events, revents int16
}

// watch ends this program when the other end of the socket is closed, or the process that started
// this one has ended: a child that the host forked may keep the socket open. The reader would see
// an end of file itself, but not while it waits for callbacks that do not return.
func watch(socket syscall.RawConn) {
	// -1 where the kernel cannot, which poll does not look at.
	host := int32(-1)
	number, _, errno := syscall.Syscall(sysPidfdOpen, uintptr(os.Getppid()), 0, 0)
	if errno == 0 {
		host = int32(number)
	}
	ends := []pollFD{{host, pollIn, 0}, {-1, pollRDHUP, 0}}
	_ = socket.Control(func(descriptor uintptr) { ends[1].descriptor = int32(descriptor) })
	go func() {
		for {
			_, _, errno := syscall.Syscall6(syscall.SYS_PPOLL,
				uintptr(unsafe.Pointer(&ends[0])), uintptr(len(ends)), 0, 0, 0, 0)
			if errno != syscall.EINTR {
				break
			}
		}
		time.Sleep(patience)
		os.Exit(0)
	}()
}

// monotonic is the time of CLOCK_MONOTONIC in nanoseconds, which Go's own clock does not tell.
func monotonic() uint64 {
	var now syscall.Timespec
	_, _, _ = syscall.RawSyscall(
		syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	return uint64(now.Nano())
}

// longest is the end of a call that ends in this time, or never.
const longest = 100 * 365 * 24 * time.Hour

// deadline is a time of CLOCK_MONOTONIC as one of Go's.
func deadline(nanoseconds uint64) time.Time {
	now := monotonic()
	left := nanoseconds - min(now, nanoseconds)
	return time.Now().Add(time.Duration(min(left, uint64(longest))))
}

// socketOf takes a descriptor over as a connected socket.
func socketOf(descriptor int) (*net.UnixConn, error) {
	inherited := os.NewFile(uintptr(descriptor), "wire")
	if inherited == nil {
		return nil, os.ErrInvalid
	}
	socket, err := net.FileConn(inherited) // a copy, which no child gets
	if err != nil {
		return nil, err
	}
	stream, ok := socket.(*net.UnixConn)
	if !ok {
		return nil, os.ErrInvalid
	}
	return stream, inherited.Close()
}
