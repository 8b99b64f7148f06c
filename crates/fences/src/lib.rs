//! Which barriers a strategy needs.

#![forbid(unsafe_code)]
