// Package speed measures carousel beside the plainest programs that do the same with the AMQP library alone: the same broker,
// the same tasks, in one process and in turns. Its tests only check that the measuring is sound; no figure fails one. The command
// .ci/bench prints the figures as tables, and so do, shorter, the benchmarks:
//
//	.ci/bench -brokers rabbitmq -queues classic -workers 16,256
//	go test -run '^$' -bench . ./worker/speed
//
// A row alternates the two sides, A B B A, so that what else the machine does meets both. Figures are medians over the rounds; a
// ratio is the median over the pairs of rounds that ran one after the other, carousel's by the bare program's. CPU is user and
// system time of this process alone: the broker runs in another.
package speed
