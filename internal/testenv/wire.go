package testenv

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Conn is a kept-alive HTTP/1.1 connection that costs next to nothing, so that a load generator on
// the server's own machine measures the server and not itself. It is not safe for concurrent use.
type Conn struct {
	conn net.Conn
	in   *bufio.Reader
	tail []byte // the headers that each request has
	out  []byte
	body []byte
}

// answerWithin bounds one request: a server that hangs fails the test.
const answerWithin = 90 * time.Second

// Dial connects to a server, as nobody.
func Dial(address string) (*Conn, error) { return dial(address, "") }

func dial(address, cookie string) (*Conn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	tail := fmt.Sprintf(" HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nCookie: %s\r\nContent-Type: application/json\r\nContent-Length: ", address, address, cookie)
	return &Conn{conn: conn, in: bufio.NewReaderSize(conn, 16<<10), tail: []byte(tail)}, nil
}

// Close closes the connection.
func (c *Conn) Close() { _ = c.conn.Close() }

// Do sends one request and reads its answer. The answer's bytes are valid until the next call. After
// an error the connection is of no more use.
func (c *Conn) Do(method, path string, body []byte) (status int, answer []byte, err error) {
	b := append(c.out[:0], method...)
	b = append(append(append(b, ' '), path...), c.tail...)
	b = append(strconv.AppendInt(b, int64(len(body)), 10), "\r\n\r\n"...)
	c.out = append(b, body...)
	return c.Send(c.out)
}

// Send is Do with a request that is written out already, one of an AWS client say.
func (c *Conn) Send(request []byte) (status int, answer []byte, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return 0, nil, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return 0, nil, err
	}
	line, err := c.line()
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, nil, fmt.Errorf("the answer begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, err
	}
	length, err := c.headers()
	if err != nil {
		return 0, nil, err
	}
	c.body = c.body[:0]
	if length == chunked {
		err = c.chunks()
	} else {
		err = c.read(length)
	}
	return status, c.body, err
}

const chunked = -1

// headers reads up to the body and returns its length.
func (c *Conn) headers() (length int, err error) {
	for {
		line, err := c.line()
		if err != nil || len(line) == 0 {
			return length, err
		}
		name, v, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(v)); err != nil {
				return 0, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			length = chunked
		}
	}
}

func (c *Conn) chunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil {
			return err
		}
		if err := c.read(int(n)); err != nil {
			return err
		}
		if _, err := c.line(); err != nil || n == 0 {
			return err
		}
	}
}

// read appends n bytes to the body.
func (c *Conn) read(n int) error {
	at := len(c.body)
	c.body = append(c.body, make([]byte, n)...)
	_, err := io.ReadFull(c.in, c.body[at:])
	return err
}

func (c *Conn) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}
