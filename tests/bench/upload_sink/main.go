// A blob service that discards: as much of the protocol as an upload needs, and the time of it taken where it ends.
//
// It writes its port to standard output. Each line on standard input is answered with what arrived since the last one,
// as JSON: bytes of blocks, seconds from the first of them to the last, the Unix time of the first, and connections.
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

const buffer = 256 << 10

type seen struct {
	Bytes       int64   `json:"bytes"`
	Seconds     float64 `json:"seconds"`
	Began       float64 `json:"began"`
	Connections int     `json:"connections"`
	first, last time.Time
}

type sink struct {
	mutex  sync.Mutex
	seen   seen
	rate   float64 // bytes per second over all connections; 0 for no limit
	freeAt time.Time
}

func (s *sink) count(size int64, began, ended time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.seen.Bytes += size
	if s.seen.first.IsZero() || began.Before(s.seen.first) {
		s.seen.first = began
	}
	if ended.After(s.seen.last) {
		s.seen.last = ended
	}
}

func (s *sink) take() seen {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	result := s.seen
	result.Seconds = result.last.Sub(result.first).Seconds()
	result.Began = float64(result.first.UnixMicro()) / 1e6
	s.seen = seen{}
	return result
}

// pace waits until size more bytes may have passed.
func (s *sink) pace(size int) {
	if s.rate == 0 {
		return
	}
	s.mutex.Lock()
	if now := time.Now(); s.freeAt.Before(now) {
		s.freeAt = now
	}
	s.freeAt = s.freeAt.Add(time.Duration(float64(size) / s.rate * float64(time.Second)))
	until := s.freeAt
	s.mutex.Unlock()
	time.Sleep(time.Until(until))
}

// discard reads size bytes; the reader's own buffer is filled again and again.
func (s *sink) discard(reader *bufio.Reader, size int64) error {
	for size > 0 {
		if _, err := reader.Peek(1); err != nil {
			return err
		}
		piece := min(int64(reader.Buffered()), size)
		reader.Discard(int(piece))
		s.pace(int(piece))
		size -= piece
	}
	return nil
}

// readAhead makes one read from the network serve many small ones: TLS asks for each record by itself.
type readAhead struct {
	net.Conn
	reader *bufio.Reader
}

func (r readAhead) Read(into []byte) (int, error) { return r.reader.Read(into) }

func (s *sink) serve(connection net.Conn, config *tls.Config) {
	defer connection.Close()
	if config != nil {
		connection = tls.Server(readAhead{connection, bufio.NewReaderSize(connection, buffer)}, config)
	}
	s.mutex.Lock()
	s.seen.Connections++
	s.mutex.Unlock()
	reader := bufio.NewReaderSize(connection, buffer)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		began := time.Now()
		if err := s.discard(reader, request.ContentLength); err != nil {
			return
		}
		if isData(request) {
			s.count(request.ContentLength, began, time.Now())
		}
		if _, err := io.WriteString(connection, answer(request)); err != nil {
			return
		}
	}
}

// isData tells blocks and whole blobs from commits and from the few bytes with which a client tries the way.
func isData(request *http.Request) bool {
	whole := request.Header.Get("X-Ms-Blob-Type") != "" && request.ContentLength >= 64<<10
	return whole || request.URL.Query().Get("comp") == "block"
}

func answer(request *http.Request) string {
	status, body := "201 Created", ""
	switch request.Method {
	case http.MethodDelete:
		status = "202 Accepted"
	case http.MethodGet, http.MethodHead:
		status = "200 OK"
		body = `<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs /><NextMarker /></EnumerationResults>`
	}
	now := time.Now().UTC().Format(http.TimeFormat)
	head := fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\nContent-Type: application/xml\r\nDate: %s\r\n"+
		"ETag: \"0x1\"\r\nLast-Modified: %s\r\nx-ms-version: 2021-08-06\r\nx-ms-request-id: 0\r\n\r\n",
		status, len(body), now, now)
	if request.Method == http.MethodHead {
		return head
	}
	return head + body
}

func main() {
	certificate := flag.String("cert", "", "PEM file of a certificate chain; without it the sink speaks http")
	key := flag.String("key", "", "PEM file of its key")
	rate := flag.Float64("rate", 0, "bytes per second, all connections together; 0 for no limit")
	address := flag.String("address", "127.0.0.1", "IP address to listen on")
	flag.Parse()
	listener, err := net.Listen("tcp", net.JoinHostPort(*address, "0"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	s := &sink{rate: *rate}
	go func() {
		input := bufio.NewScanner(os.Stdin)
		output := json.NewEncoder(os.Stdout)
		for input.Scan() {
			output.Encode(s.take())
		}
		os.Exit(0) // whoever started us has gone
	}()
	var config *tls.Config
	if *certificate != "" {
		pair, err := tls.LoadX509KeyPair(*certificate, *key)
		if err != nil {
			log.Fatal(err)
		}
		config = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go s.serve(connection, config)
	}
}
