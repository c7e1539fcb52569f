package config

import "strings"

// nearest returns the word that a misspelt one was most likely meant to be, or "".
func nearest(word string, known []string) string {
	best, bestDistance := "", len(word)/3+2
	for _, k := range known {
		d := distance(word, k)
		if len(word) >= 2 && strings.HasPrefix(k, word) {
			d = 1
		}
		if d < bestDistance || d == bestDistance && best != "" && k < best {
			best, bestDistance = k, d
		}
	}
	return best
}

// maxDistanceWord bounds the words that are compared, so that a long one costs nothing.
const maxDistanceWord = 64

// distance is the number of bytes to insert, remove or change to make b of a.
func distance(a, b string) int {
	if len(a) > maxDistanceWord || len(b) > maxDistanceWord {
		return maxDistanceWord
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
