package sandbox

import (
	"hash/fnv"
	"math"
	"net"
	"strconv"
	"time"
)

// node is the only one there is.
const node = clusterName

func queueObjects(r *request) []object {
	objects := make([]object, len(r.state.queues))
	for i := range objects {
		objects[i] = r.queue(&r.state.queues[i])
	}
	return objects
}

// detailedQueueObjects are for one queue's own path: with its consumers.
func detailedQueueObjects(r *request) []object {
	for i := range r.state.queues {
		q := &r.state.queues[i]
		if q.name != r.names[0] {
			continue
		}
		o := r.queue(q)
		details := []object{}
		for _, c := range consumerObjects(r) {
			if c["queue"].(object)["name"] == q.name {
				details = append(details, c)
			}
		}
		o["consumer_details"], o["incoming"], o["deliveries"] = details, []object{}, []object{}
		return []object{o}
	}
	return nil
}

// queue describes a queue. Without statistics, for which the query may ask, it holds the totals only on request.
func (r *request) queue(q *queueView) object {
	o := object{
		"name": q.name, "vhost": vhost, "node": node, "type": q.kind, "state": "running", "durable": q.durable,
		"auto_delete": q.autoDelete, "exclusive": q.owner != "", "arguments": jsonTable(q.arguments),
	}
	if q.kind == "quorum" {
		o["leader"], o["members"], o["online"] = node, []string{node}, []string{node}
	}
	if r.flag("disable_stats") {
		if r.flag("enable_queue_totals") {
			addTotals(o, q)
		}
		return o
	}
	addTotals(o, q)
	o["consumers"], o["policy"], o["operator_policy"], o["effective_policy_definition"] = q.consumers, nil, nil, object{}
	o["message_bytes_ready"], o["message_bytes_unacknowledged"] = q.readySize, q.unackedSize
	o["message_bytes"] = q.readySize + q.unackedSize
	o["memory"] = int64(thingCost) + q.readySize + q.unackedSize + int64(messageCost*(q.ready+q.unacked))
	o["head_message_timestamp"], o["single_active_consumer_tag"] = nil, nil
	o["exclusive_consumer_tag"], o["owner_pid_details"] = nil, nil
	if q.oldest != 0 {
		o["head_message_timestamp"] = uint64(q.oldest)
	}
	if q.active != "" {
		o["single_active_consumer_tag"] = q.active
	}
	for _, c := range r.state.consumers {
		if c.queue == q.name && c.exclusive {
			o["exclusive_consumer_tag"] = c.tag
		}
	}
	if q.owner == "" {
		delete(o, "owner_pid_details")
	} else {
		o["owner_pid_details"] = object{"name": q.owner}
	}
	addStats(o, &q.activity, queueStats)
	return o
}

func addTotals(o object, q *queueView) {
	o["messages"], o["messages_ready"], o["messages_unacknowledged"] = q.ready+q.unacked, q.ready, q.unacked
}

func exchangeObjects(r *request) []object {
	objects := []object{}
	for i := range r.state.exchanges {
		x := &r.state.exchanges[i]
		o := object{
			"name": x.name, "vhost": vhost, "type": x.kind, "durable": x.durable, "auto_delete": x.autoDelete,
			"internal": x.internal, "arguments": jsonTable(x.arguments),
		}
		addStats(o, &x.activity, exchangeStats)
		objects = append(objects, o)
	}
	return objects
}

// bindingObjects are the bindings, with the one to every queue by its name that the default exchange has.
func bindingObjects(r *request) []object {
	objects := []object{}
	for _, q := range r.state.queues {
		objects = append(objects, bindingObject(bindingView{destination: q.name, toQueue: true, key: q.name}))
	}
	for _, bd := range r.state.bindings {
		objects = append(objects, bindingObject(bd))
	}
	return objects
}

func bindingObject(bd bindingView) object {
	kind := "exchange"
	if bd.toQueue {
		kind = "queue"
	}
	properties := bd.key
	switch {
	case len(bd.arguments) > 0:
		hash := fnv.New64a() // RabbitMQ's is another hash, and as opaque
		_, _ = hash.Write(appendTable(nil, bd.arguments))
		properties += "~" + strconv.FormatUint(hash.Sum64(), 36)
	case properties == "":
		properties = "~"
	}
	return object{
		"source": bd.source, "vhost": vhost, "destination": bd.destination, "destination_type": kind,
		"routing_key": bd.key, "arguments": jsonTable(bd.arguments), "properties_key": properties,
	}
}

func consumerObjects(r *request) []object {
	channels := make(map[string]object, len(r.state.channels))
	connections := r.connections()
	for i := range r.state.channels {
		ch := &r.state.channels[i]
		c := connections[ch.connection]
		host, port := endpoint(c.peer)
		channels[ch.name] = object{
			"name": ch.name, "number": ch.number, "node": node, "user": c.user, "connection_name": ch.connection,
			"peer_host": host, "peer_port": port,
		}
	}
	objects := []object{}
	for i := range r.state.consumers {
		c := &r.state.consumers[i]
		status := "up"
		if !c.active {
			status = "waiting"
		}
		objects = append(objects, object{
			"consumer_tag": c.tag, "queue": object{"name": c.queue, "vhost": vhost}, "channel_details": channels[c.channel],
			"ack_required": !c.noAck, "exclusive": c.exclusive, "active": c.active, "activity_status": status,
			"prefetch_count": c.prefetch, "arguments": jsonTable(c.arguments),
		})
	}
	return objects
}

func (r *request) connections() map[string]*connectionView {
	byName := make(map[string]*connectionView, len(r.state.connections))
	for i := range r.state.connections {
		byName[r.state.connections[i].name] = &r.state.connections[i]
	}
	return byName
}

func channelObjects(r *request) []object {
	connections := r.connections()
	objects := []object{}
	for i := range r.state.channels {
		ch := &r.state.channels[i]
		c := connections[ch.connection]
		host, port := endpoint(c.peer)
		o := object{
			"name": ch.name, "number": ch.number, "node": node, "vhost": vhost, "user": c.user,
			"user_who_performed_action": c.user, "state": "running", "confirm": ch.confirms, "transactional": ch.transactional,
			"consumer_count": ch.consumers, "prefetch_count": ch.prefetch, "global_prefetch_count": ch.globalPrefetch,
			"messages_unacknowledged": ch.unacked, "messages_uncommitted": ch.uncommitted, "messages_unconfirmed": 0,
			"acks_uncommitted":   0,
			"connection_details": object{"name": ch.connection, "peer_host": host, "peer_port": port},
		}
		addStats(o, &ch.activity, channelStats)
		objects = append(objects, o)
	}
	return objects
}

func connectionObjects(r *request) []object {
	objects := []object{}
	for i := range r.state.connections {
		c := &r.state.connections[i]
		peerHost, peerPort := endpoint(c.peer)
		host, port := endpoint(c.local)
		state := "running"
		if c.blocked {
			state = "blocked"
		}
		o := object{
			"name": c.name, "node": node, "vhost": vhost, "user": c.user, "user_who_performed_action": c.user,
			"type": "network", "protocol": "AMQP 0-9-1", "auth_mechanism": c.mechanism, "state": state, "ssl": false,
			"host": host, "port": port, "peer_host": peerHost, "peer_port": peerPort,
			"channels": c.channels, "channel_max": c.channelMax, "frame_max": c.frameMax,
			"timeout": int(c.heartbeat / time.Second), "connected_at": c.since.UnixMilli(),
			"client_properties": jsonTable(c.properties),
			"recv_oct":          c.activity.count[statReceived], "recv_oct_details": details(c.activity.rate[statReceived]),
			"send_oct": c.activity.count[statSent], "send_oct_details": details(c.activity.rate[statSent]),
		}
		if name, ok := c.properties["connection_name"].(string); ok {
			o["user_provided_name"] = name
		}
		objects = append(objects, o)
	}
	return objects
}

func endpoint(a net.Addr) (host string, port int) {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.IP.String(), tcp.Port
	}
	return a.String(), 0
}

// jsonTable is a table as RabbitMQ shows it.
func jsonTable(t table) object {
	o := make(object, len(t))
	for key, value := range t {
		o[key] = jsonValue(value)
	}
	return o
}

func jsonValue(v any) any {
	switch v := v.(type) {
	case table:
		return jsonTable(v)
	case array:
		items := make([]any, len(v))
		for i := range v {
			items[i] = jsonValue(v[i])
		}
		return items
	case []byte:
		return string(v)
	case timestamp:
		return uint64(v)
	case decimal:
		return float64(v.digits) / math.Pow10(int(v.scale))
	case float32:
		return jsonValue(float64(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil // JSON has no word for it
		}
	}
	return v
}
