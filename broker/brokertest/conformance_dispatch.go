package brokertest

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

// With prefetch 1 the free consumers take turns; one that is freed goes to the end of the line.
func roundRobin(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	first, second, third := p.consumer(queue, 1), p.consumer(queue, 1), p.consumer(queue, 1)

	p.Publish(queue, "1", "2", "3", "4")
	first.want("1")
	second.want("2")
	third.want("3")
	p.wantReady(queue, 1) // nobody is free

	second.ack()
	second.want("4") // the only free one, though not the next in turn

	// RabbitMQ finds out that a consumer is busy when it has a task for it: this one takes all three out of the line.
	p.Publish(queue, "5")
	p.wantReady(queue, 1)
	_, err := p.channel.QueuePurge(queue, false)
	p.must(err)
	third.ack()
	first.ack()
	second.ack()
	p.Publish(queue, "6", "7", "8")
	third.want("6")
	first.want("7")
	second.want("8")
}

// A classic queue puts a task back where it was, whatever the order in which tasks are given back.
func requeueKeepsPlace(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	p.Publish(queue, "a", "b", "c", "d")
	a, held, c := p.get(queue, "a", false), p.get(queue, "b", false), p.get(queue, "c", false)
	p.must(c.Nack(false, true))
	p.must(a.Reject(true))
	p.get(queue, "a", true)
	p.get(queue, "c", true)
	p.get(queue, "d", false)
	p.must(held.Nack(false, true))
	p.get(queue, "b", true)
}

func channelReturnsTasks(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	p.Publish(queue, "a", "b", "c")
	c := p.consumer(queue, 2)
	c.want("a")
	c.want("b")
	p.wantReady(queue, 1)
	p.must(c.channel.Close())
	p.get(queue, "a", true)
	p.get(queue, "b", true)
	p.get(queue, "c", false)
}

// The consumer ends, its channel lives on, and the task in hand is nobody's any more.
func consumerCancelled(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	c := p.consumer(queue, 1)
	cancelled := c.channel.NotifyCancel(make(chan string, 1))
	p.Publish(queue, "a")
	c.want("a")

	_, err := p.channel.QueueDelete(queue, false, false, false)
	p.must(err)
	if tag := receive(t, cancelled); tag != c.task.ConsumerTag {
		t.Errorf("consumer %q was cancelled, want %q", tag, c.task.ConsumerTag)
	}
	for range c.tasks {
		t.Error("a task came after the cancellation")
	}
	p.must(c.task.Ack(false))
	p.must(c.channel.Qos(2, 0, false)) // answered: the channel is open, and took the acknowledgement
}

// A rejected task moves on with the story of its death.
func rejectedIsDeadLettered(t *testing.T, b broker) {
	p := Connect(t, b.url)
	dead := p.queue(nil)
	queue := p.queue(deadLettersTo(dead))
	p.Publish(queue, "bad")
	task := p.get(queue, "bad", false)
	p.must(task.Reject(false))

	corpse := p.consumer(dead, 1)
	corpse.want("bad")
	wantTable(t, corpse.task.Headers, map[string]any{
		"x-first-death-reason": "rejected", "x-first-death-queue": queue, "x-first-death-exchange": "",
	})
	wantDeath(t, corpse.task, map[string]any{
		"reason": "rejected", "queue": queue, "count": 1, "exchange": "", "routing-keys": []string{queue},
	})
	if corpse.task.DeliveryMode != amqp.Persistent {
		t.Error("the dead letter is not persistent any more")
	}
}

// A task's time to live ends in the queue; it is dead-lettered without it, so that it does not die again there.
func expiredIsDeadLettered(t *testing.T, b broker) {
	p := Connect(t, b.url)
	dead := p.queue(nil)
	queue := p.queue(deadLettersTo(dead))
	if !p.confirmed(p.send(queue, amqp.Publishing{Body: []byte("late"), Expiration: "20"})) {
		t.Fatal("the task was not taken")
	}
	corpse := p.consumer(dead, 1)
	corpse.want("late")
	wantDeath(t, corpse.task, map[string]any{
		"reason": "expired", "queue": queue, "count": 1, "original-expiration": "20",
	})
	if corpse.task.Expiration != "" {
		t.Errorf("the dead letter expires after %q ms", corpse.task.Expiration)
	}

	retry := p.queue(amqp.Table{
		"x-message-ttl": int32(20), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead,
	})
	p.Publish(retry, "again")
	corpse.ack()
	corpse.want("again")
	wantDeath(t, corpse.task, map[string]any{"reason": "expired", "queue": retry, "count": 1})
}

func deadLettersTo(queue string) amqp.Table {
	return amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue}
}

// wantDeath looks at the newest entry of x-death.
func wantDeath(t *testing.T, task amqp.Delivery, want map[string]any) {
	t.Helper()
	deaths, _ := task.Headers["x-death"].([]any)
	if len(deaths) == 0 {
		t.Fatalf("no x-death in %v", task.Headers)
	}
	newest, _ := deaths[0].(amqp.Table)
	wantTable(t, newest, want)
}
