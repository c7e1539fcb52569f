// Package plugnameapi is the messages of the plugin plugname, made from plugname.api.
package plugnameapi

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . plugname.api
