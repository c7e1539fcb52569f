// Package sample_types is imported by package sample.
package sample_types
