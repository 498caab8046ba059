//! Exploits each weakness by hand, over HTTP, with its switch on and off.

mod behaviour;
mod description;
mod desk;
mod exploits;
mod exposure;
mod forgery;
mod ground_truth;
mod objects;
