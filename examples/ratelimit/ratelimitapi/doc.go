// Package ratelimitapi is the messages of the plugin ratelimit, made from ratelimit.api, whose comments are the reference.
package ratelimitapi

//go:generate go tool gvpp apigen --go . ratelimit.api
