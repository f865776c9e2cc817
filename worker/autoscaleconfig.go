package worker

import (
	"errors"
	"fmt"
	"time"

	"carousel/broker"
)

// AutoscaleConfig is the [workers.autoscale] table.
type AutoscaleConfig struct {
	On          bool            `toml:"on"`           // the pool sets its number of workers itself
	Min         int             `toml:"min"`          // workers that stay when there is nothing to do
	Max         int             `toml:"max"`          // workers at most
	Drain       broker.Duration `toml:"drain"`        // a backlog is to be worked off within it
	Headroom    float64         `toml:"headroom"`     // spare workers, as a multiple of the root of those that are busy
	ShrinkAfter broker.Duration `toml:"shrink_after"` // workers go only when they were not needed for so long
	Hold        broker.Duration `toml:"hold"`         // how long a number of workers that a person set is left alone
}

// The bounds of the figures.
const (
	drainFloor   = time.Second
	shrinkFloor  = 10 * time.Second
	shrinkCeil   = time.Hour
	mostHeadroom = 10.0
)

// DefaultAutoscaleConfig is what an empty [workers.autoscale] table means: off. With a headroom of 1 about every fourth task
// finds no idle worker as it comes.
func DefaultAutoscaleConfig() AutoscaleConfig {
	return AutoscaleConfig{
		Min: 1, Max: 16, Drain: broker.Duration(30 * time.Second), Headroom: 1,
		ShrinkAfter: broker.Duration(time.Minute), Hold: broker.Duration(10 * time.Minute),
	}
}

// validate reports every mistake at once. most is how many workers the pool may have; it bounds Max only where that is to be
// reached.
func (c AutoscaleConfig) validate(most int) error {
	if !c.On {
		most = MaxWorkers
	}
	errs := []error{
		inRange("workers.autoscale.min", c.Min, 1, MaxWorkers),
		inRange("workers.autoscale.max", c.Max, 1, most),
		inRange("workers.autoscale.drain", c.Drain.D(), drainFloor, drainCeiling),
		inRange("workers.autoscale.shrink_after", c.ShrinkAfter.D(), shrinkFloor, shrinkCeil),
		inRange("workers.autoscale.hold", c.Hold.D(), 0, drainCeiling),
	}
	if c.Max < c.Min {
		errs = append(errs, fmt.Errorf("workers.autoscale.max: %d is less than workers.autoscale.min, %d", c.Max, c.Min))
	}
	if !(c.Headroom >= 0 && c.Headroom <= mostHeadroom) {
		errs = append(errs, fmt.Errorf("workers.autoscale.headroom: %v is out of range; allowed are 0 to %v", c.Headroom, mostHeadroom))
	}
	return errors.Join(errs...)
}

// within is c for a pool that may have so many workers.
func (c AutoscaleConfig) within(most int) AutoscaleConfig {
	c.Max = min(c.Max, most)
	c.Min = min(c.Min, c.Max)
	return c
}
