package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// notifier tells the service manager how the program is, by systemd's protocol: datagrams of lines on a socket that it names in
// the environment (sd_notify(3)). Nil tells nobody. One goroutine uses it.
type notifier struct {
	conn     net.Conn
	watchdog time.Duration // the manager wants a sign of life within it; 0: it wants none
}

// notifyPatience is how long a manager that does not read may hold up its own news.
const notifyPatience = time.Second

// newNotifier returns the notifier that the environment asks for; nil: it asks for none. An abstract socket is written with @.
func newNotifier(getenv func(string) string) (*notifier, error) {
	path := getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil, nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, errors.New("the service manager cannot be told how it goes: " + plainCause(errors.Unwrap(err)).Error())
	}
	n := &notifier{conn: conn}
	pid := getenv("WATCHDOG_PID")
	if us, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && us > 0 && (pid == "" || pid == fmt.Sprint(os.Getpid())) {
		n.watchdog = time.Duration(us) * time.Microsecond
	}
	return n, nil
}

// tell sends lines such as "READY=1". A manager that is gone needs no word.
func (n *notifier) tell(lines ...string) {
	if n == nil {
		return
	}
	_ = n.conn.SetWriteDeadline(time.Now().Add(notifyPatience))
	_, _ = n.conn.Write([]byte(strings.Join(lines, "\n")))
}

func (n *notifier) close() {
	if n != nil {
		_ = n.conn.Close()
	}
}
