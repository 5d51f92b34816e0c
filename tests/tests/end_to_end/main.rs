//! The real `deskbridge` process on loopback: started, talked to, stopped, killed.
#![cfg(unix)]

mod accounts;
mod check;
mod demo;
mod doors;
mod held;
mod killed;
mod process;
mod schema;
mod serve;
mod site;
mod stand_ins;
mod webhooks;
