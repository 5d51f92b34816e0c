//! The whole engine in the test house: what customers write, what agents answer, and every kind of bad day.

mod accidents;
mod answers;
mod card;
mod commands;
mod corners;
mod credentials;
mod doors;
mod first_attempts;
mod instagram;
mod messenger;
mod missed;
mod outages;
mod public;
mod removal;
mod replies;
mod storm;
mod tickets;
mod whatsapp;
mod windows;
mod x;
