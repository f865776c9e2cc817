package cli

import (
	"fmt"
	"strings"
)

// longestName bounds the work spent on a name that nobody meant.
const longestName = 64

// didYouMean suggests the nearest of the allowed names, or lists them all when none is near.
func didYouMean(name string, allowed []string) string {
	if len(name) > longestName {
		return "; allowed are " + strings.Join(allowed, ", ")
	}
	best, distance := "", max(1, len(name)/3)+1
	for _, a := range allowed {
		if d := editDistance(strings.ToLower(name), a); d < distance {
			best, distance = a, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %s?", best)
	}
	return "; allowed are " + strings.Join(allowed, ", ")
}

// editDistance counts the bytes to insert, delete or replace to make b of a (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
