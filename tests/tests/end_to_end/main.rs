//! The real `deskbridge` process on loopback: started, talked to, stopped, killed.
#![cfg(unix)]

mod accounts;
mod check;
mod demo;
mod demo_process;
mod doors;
mod held;
mod killed;
mod process;
mod schema;
mod serve;
