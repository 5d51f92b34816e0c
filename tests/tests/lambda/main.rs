//! The real binaries of the three functions, under a stand-in for Lambda's runtime API, with stand-ins for everything that
//! they call.

mod alone;
mod edge;
mod end_to_end;
mod function;
mod house;
