package cli

import (
	"crypto/rand"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"carousel/broker/sandbox"
)

// openSandbox starts a broker in this process and points the settings at it. Its queues hold nothing but what is put in
// here, so the guard that keeps the simulate handler off real tasks has nothing to keep it off.
func (s *settings) openSandbox() (*sandbox.Broker, error) {
	b, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		return nil, err
	}
	s.nameBroker([]string{b.URL()})
	s.Broker.Management = []string{b.ManagementURL()}
	s.Workers.AllowConsume = append(s.Workers.AllowConsume, s.Queue.Name)
	return b, nil
}

func (p *program) sandboxCommand() *cobra.Command {
	var o sandbox.Options
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the sandbox broker for other programs",
		Long: `Serve the sandbox broker, in memory, for other programs: AMQP 0-9-1 and the management API that carousel needs, until a
signal comes. What it holds is gone then.

It listens on this machine only, for guest with the password guest, unless an address says otherwise; then it makes a login
for the run and prints it.`,
		Example: "  carousel sandbox\n  carousel sandbox --listen 127.0.0.1:0 --management off",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return p.serveSandbox(o) },
	}
	// Its own addresses take the place of those of a broker that the other commands connect to.
	c.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:5672", "`host:port` for AMQP; port 0 is a free one")
	c.Flags().StringVar(&o.Management, "management", "127.0.0.1:15672", "`host:port` for the management API; off for none")
	return c
}

// serveSandbox blocks until the first signal.
func (p *program) serveSandbox(o sandbox.Options) error {
	open := false // to other machines
	for name, address := range map[string]string{"--listen": o.Listen, "--management": o.Management} {
		if name == "--management" && address == "off" {
			continue
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return usage("%s wants host:port, such as 127.0.0.1:0", name)
		}
		ip := net.ParseIP(host)
		open = open || host != "localhost" && (ip == nil || !ip.IsLoopback())
	}
	if open {
		o.User, o.Password = "carousel", rand.Text()
	}
	b, err := sandbox.Start(o)
	if err != nil {
		return fmt.Errorf("%w; name another address with --listen or --management", err)
	}
	p.announceSandbox(b, open)
	<-p.stop.Done()
	return b.Close() // a server that is told to stop has done all it should
}

// announceSandbox prints the addresses. A login that was made for the run stands in the first one, and nowhere else.
func (p *program) announceSandbox(b *sandbox.Broker, made bool) {
	fmt.Fprintf(p.Stdout, "The sandbox broker serves, in memory, to whoever connects:\n  AMQP        %s\n", b.URL())
	if b.ManagementURL() != "" {
		fmt.Fprintf(p.Stdout, "  management  %s\n", b.ManagementURL())
	}
	if made {
		fmt.Fprintln(p.Stdout, "  The login is for this run only.")
	}
	fmt.Fprintln(p.Stdout, "Stop it with Ctrl+C.")
}
