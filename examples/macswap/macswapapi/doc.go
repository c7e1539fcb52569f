// Package macswapapi is the messages of the plugin macswap, made from macswap.api, whose comments are the reference.
package macswapapi

//go:generate go tool gvpp apigen --go . macswap.api
