//! The whole engine in the test house: what customers write, what agents answer, and every kind of bad day.

mod accidents;
mod answers;
mod anything;
mod card;
mod commands;
mod corners;
mod doors;
mod first_attempts;
mod instagram;
mod link;
mod messenger;
mod outages;
mod preflight;
mod private;
mod public;
mod removal;
mod replies;
mod resend;
mod signatures;
mod storm;
mod tags;
mod tickets;
mod whatsapp;
mod windows;
mod x;
