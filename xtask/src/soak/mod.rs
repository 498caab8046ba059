//! A long run of the real gateway under half a load and much trouble.
//!
//! In scope: that each answer is the one that request must get, whatever is changed, restarted or shut
//! out meanwhile; that the ledger holds exactly the requests that were made; that memory does not grow.
//! Out of scope: how fast it is, which `cargo xtask bench` measures.

mod answer;
mod asks;
mod client;
mod clock;
mod end;
mod files;
mod memory;
mod plan;
mod provider;
mod stage;
mod tally;
mod tokens;
mod trouble;
mod world;

pub(crate) use plan::{Plan, runnable};

use anyhow::Result;
use clock::Clock;
use stage::Stage;
use std::sync::Arc;
use tally::Tally;
use world::World;

/// Runs it; answers whether nothing was wrong.
pub(crate) fn run(plan: &Plan) -> Result<bool> {
    let clock = Clock::start(plan.lasts());
    let stage = Stage::set(plan)?;
    println!("the gateway is process {}, its folder {}", stage.gateway_id(), plan.folder.display());
    let world = Arc::new(World::new(clock, stage.first_key()?));
    let tally = Arc::new(Tally::default());
    let clients: Vec<_> = (0..plan.connections)
        .map(|number| client::start(number, plan, stage.tokens(), &world, &tally))
        .collect::<Result<_>>()?;
    let watch = memory::watch(stage.gateway_id(), clock, tally.clone());
    let acts = trouble::make(&stage, &world, clock)?;
    for client in clients {
        // A client that panicked asked for less than it should have, and its requests do not add up.
        let _ = client.join();
    }
    let samples = watch.join().unwrap_or_default();
    end::judge(plan, stage, &tally, &samples, &acts)
}
