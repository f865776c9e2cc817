package broker

// Dangers names what is permitted and still worth a warning: certificates that nobody verifies, and passwords that anybody on
// the way can read. A sentence each, without a full stop; none of a config that Validate refuses.
func (c Config) Dangers() []string {
	var dangers []string
	tls, open := false, map[string]bool{}
	look := func(e Endpoint, err error) {
		if err != nil {
			return
		}
		tls = tls || e.TLS
		secret := e.HasPassword() || e.User != "" && c.PasswordFile != ""
		if secret && !e.TLS && !e.Loopback() && !open[e.Host] {
			open[e.Host] = true
			dangers = append(dangers, "the password for "+Plain(e.Host)+" travels unencrypted; use amqps:// and https:// where it offers them")
		}
	}
	for _, raw := range c.URLs {
		look(ParseEndpoint(raw))
	}
	for _, raw := range c.Management {
		m, err := parseManagement(raw)
		if err == nil && m.User == "" && len(c.URLs) > 0 { // it gets the broker's login
			if e, err := ParseEndpoint(c.URLs[0]); err == nil {
				m.User, m.password = e.User, e.password
			}
		}
		look(m, err)
	}
	if tls && c.TLS.Insecure {
		dangers = append(dangers, "the broker's certificate is not verified (broker.tls.insecure), so whoever stands between can read and change everything")
	}
	return dangers
}
