//! Exploits each weakness by hand, over HTTP, with its switch on and off.

#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod description;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod exploits;
#[cfg(test)]
mod exposure;
#[cfg(test)]
mod forgery;
#[cfg(test)]
mod ground_truth;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod program;
