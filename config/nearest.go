package config

// minShared is how many bytes a word shares with the start of a longer one before it counts as its beginning.
const minShared = 3

// NearestWithin is the known word that word becomes with the fewest letters added, removed or replaced, but with most at most; "" where
// none does.
func NearestWithin(word string, known []string, most int) string {
	best := ""
	for _, k := range known {
		if d := distance(word, k); d <= most {
			best, most = k, d-1
		}
	}
	return best
}

// Nearest returns the word that a misspelt one was most likely meant to be, or "".
func Nearest(word string, known []string) string {
	best, bestDistance := "", len(word)/3+2
	for _, k := range known {
		d := distance(word, k)
		if n := shared(word, k); n >= minShared && n >= len(word)-1 {
			d = min(d, 1+len(word)-n) // cut short, perhaps with a slip at its end
		}
		if d < bestDistance || d == bestDistance && best != "" && k < best {
			best, bestDistance = k, d
		}
	}
	return best
}

// shared is the number of bytes with which both words start.
func shared(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
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
