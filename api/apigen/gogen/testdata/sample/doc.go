// Package sample is what the tests of gogen generate.
package sample
