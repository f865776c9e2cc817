package sandbox

import (
	"math"
	"net"
	"strconv"
)

// Which counters each kind of thing shows, and under what names.
var (
	deliverStats = map[string]stat{
		"deliver": statDeliver, "deliver_no_ack": statDeliverNoAck, "get": statGet, "get_no_ack": statGetNoAck,
		"get_empty": statGetEmpty, "redeliver": statRedeliver, "ack": statAck,
	}
	publishStats = map[string]stat{
		"publish": statPublish, "confirm": statConfirm, "return_unroutable": statReturn, "drop_unroutable": statDrop,
	}
	queueStats    = []map[string]stat{deliverStats, {"publish": statPublish}}
	channelStats  = []map[string]stat{deliverStats, publishStats}
	exchangeStats = []map[string]stat{{"publish_in": statPublishIn, "publish_out": statPublishOut}}
)

// addStats adds message_stats, unless nothing has happened yet: then RabbitMQ leaves them out. A group of counters that
// are all zero is left out likewise.
func addStats(o object, a *activity, groups []map[string]stat) {
	stats := object{}
	for _, group := range groups {
		var sum uint64
		for _, s := range group {
			sum += a.count[s]
		}
		if sum == 0 {
			continue
		}
		for name, s := range group {
			stats[name], stats[name+"_details"] = a.count[s], details(a.rate[s])
		}
	}
	if _, delivers := stats["deliver"]; delivers {
		var count uint64
		var rate float64
		for _, s := range []stat{statDeliver, statDeliverNoAck, statGet, statGetNoAck} {
			count, rate = count+a.count[s], rate+a.rate[s]
		}
		stats["deliver_get"], stats["deliver_get_details"] = count, details(rate)
	}
	if len(stats) > 0 {
		o["message_stats"] = stats
	}
}

// details hold a rate, rounded as RabbitMQ does.
func details(rate float64) object { return object{"rate": math.Round(rate*10) / 10} }

// totals sums up the queues.
func (r *request) totals() object {
	ready, unacked := 0, 0
	for _, q := range r.state.queues {
		ready, unacked = ready+q.ready, unacked+q.unacked
	}
	return object{"messages": ready + unacked, "messages_ready": ready, "messages_unacknowledged": unacked}
}

func overview(a *api, r *request) (any, error) {
	s := &r.state
	o := object{
		"management_version": a.broker.options.Version, "rabbitmq_version": a.broker.options.Version,
		"product_name": a.broker.options.Product, "product_version": a.broker.options.Version,
		"cluster_name": clusterName, "node": node, "rates_mode": "basic",
		"disable_stats": false, "enable_queue_totals": false, "statistics_db_event_queue": 0,
		"exchange_types": exchangeTypes(), "queue_totals": r.totals(), "message_stats": object{},
		"object_totals": object{
			"connections": len(s.connections), "channels": len(s.channels), "consumers": len(s.consumers),
			"queues": len(s.queues), "exchanges": len(s.exchanges),
		},
		"listeners": []object{a.listens("amqp", a.broker.listener), a.listens("http", a.listener)},
	}
	addStats(o, &s.activity, channelStats)
	return r.columns([]object{o})[0], nil
}

func exchangeTypes() []object {
	types := []object{}
	for _, name := range []string{"direct", "fanout", "headers", "topic"} {
		types = append(types, object{
			"name": name, "description": "AMQP " + name + " exchange, as per the AMQP specification", "enabled": true,
		})
	}
	return types
}

func (a *api) listens(protocol string, l net.Listener) object {
	host, port := endpoint(l.Addr())
	return object{"node": node, "protocol": protocol, "ip_address": host, "port": port}
}

func whoami(a *api, _ *request) (any, error) {
	return object{"name": a.broker.options.User, "tags": []string{"administrator"}}, nil
}

func vhostObjects(r *request) []object {
	o := object{
		"name": vhost, "description": "Default virtual host", "tags": []string{}, "tracing": false,
		"cluster_state": object{node: "running"}, "metadata": object{"description": "Default virtual host", "tags": []string{}},
	}
	for key, value := range r.totals() {
		o[key] = value
	}
	addStats(o, &r.state.activity, channelStats)
	return []object{o}
}

func nodeObjects(r *request) []object {
	return []object{{
		"name": node, "type": "ram", "running": true, "uptime": r.state.uptime.Milliseconds(), "rates_mode": "basic",
		"mem_used": r.state.memory, "mem_limit": r.state.memoryLimit, "mem_alarm": r.state.blocked,
		"disk_free_alarm": false, "partitions": []string{}, "exchange_types": exchangeTypes(),
	}}
}

// alarms is the health check for them. Publishers that wait for memory are one.
func alarms(_ *api, r *request) (any, error) {
	if !r.state.blocked {
		return healthy(nil, r)
	}
	return object{
		"status": "failed", "reason": "There are alarms in effect in the cluster",
		"alarms": []object{{"node": node, "resource": "memory"}},
	}, nil
}

func healthy(*api, *request) (any, error) { return object{"status": "ok"}, nil }

func portListener(a *api, r *request) (any, error) {
	port, err := strconv.Atoi(r.names[0])
	if err != nil {
		return nil, badRequest("Invalid port")
	}
	for _, l := range []net.Listener{a.broker.listener, a.listener} {
		if _, open := endpoint(l.Addr()); open == port {
			return object{"status": "ok", "port": port}, nil
		}
	}
	return object{"status": "failed", "reason": "No active listener", "missing": port}, nil
}

func protocolListener(_ *api, r *request) (any, error) {
	switch name := r.names[0]; name {
	case "amqp", "amqp091", "http":
		return object{"status": "ok", "protocol": name}, nil
	default:
		return object{"status": "failed", "reason": "No active listener", "missing": name}, nil
	}
}

func queueBindings(_ *api, r *request) (any, error) {
	found := false
	for _, q := range r.state.queues {
		found = found || q.name == r.names[0]
	}
	if !found {
		return nil, noObject
	}
	objects := []object{}
	for _, o := range bindingObjects(r) {
		if o["destination"] == r.names[0] && o["destination_type"] == "queue" {
			objects = append(objects, o)
		}
	}
	return r.columns(objects), nil
}

// deleteQueue keeps the two conditions that a caller may set.
func deleteQueue(a *api, r *request) (any, error) {
	switch a.broker.removeQueue(r.names[0], r.flag("if-unused"), r.flag("if-empty")) {
	case queueMissing:
		return nil, noObject
	case queueInUse:
		return nil, badRequest("%s in use", queueNamed(r.names[0]))
	case queueNotEmpty:
		return nil, badRequest("%s not empty", queueNamed(r.names[0]))
	}
	return nil, nil
}

func purgeQueue(a *api, r *request) (any, error) {
	return nil, foundOr404(a.broker.purgeQueue(r.names[0]))
}

// closeConnection tells the client the reason from the header that RabbitMQ reads it from.
func closeConnection(a *api, r *request) (any, error) {
	reason := r.Header.Get("X-Reason")
	if reason == "" {
		reason = "Closed via management plugin"
	}
	return nil, foundOr404(a.broker.closeConnection(r.names[0], reason))
}

func foundOr404(found bool) error {
	if !found {
		return noObject
	}
	return nil
}
