//! The whole engine in the test house: what customers write, what agents answer, and every kind of bad day.

mod public;
