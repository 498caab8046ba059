//! One client: asks at a steady pace over a connection that it keeps.

use super::answer::{self, Answer};
use super::asks::{self, Ask, Draw, Then};
use super::plan::Plan;
use super::stage::Purse;
use super::tally::Tally;
use super::world::{Moment, World};
use anyhow::Result;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Requests over one connection.
const REQUESTS_PER_CONNECTION: u64 = 300;
/// Of a busy machine's delays a client does not catch up more than this.
const CATCH_UP: Duration = Duration::from_secs(1);

/// Starts a client.
pub(super) fn start(
    number: u32,
    plan: &Plan,
    purse: &Arc<Purse>,
    world: &Arc<World>,
    tally: &Arc<Tally>,
) -> Result<JoinHandle<()>> {
    let mut client = Client {
        purse: purse.clone(),
        world: world.clone(),
        tally: tally.clone(),
        draw: Draw::new(number),
        stream: None,
        left: 0,
    };
    let (interval, connections) = (plan.interval(), plan.connections.max(1));
    let first = interval * number / connections;
    let run = move || client.ask_on(first, interval);
    Ok(std::thread::Builder::new().name(format!("client {number}")).spawn(run)?)
}

struct Client {
    purse: Arc<Purse>,
    world: Arc<World>,
    tally: Arc<Tally>,
    draw: Draw,
    stream: Option<TcpStream>,
    left: u64,
}

impl Client {
    fn ask_on(&mut self, first: Duration, interval: Duration) {
        let clock = self.world.clock();
        let mut next = first;
        loop {
            clock.wait_until(next);
            if clock.is_over() {
                return;
            }
            self.ask_once();
            next = (next + interval).max(clock.now().saturating_sub(CATCH_UP));
        }
    }

    fn ask_once(&mut self) {
        let before = self.world.now();
        let ask = asks::draw(&mut self.draw, &self.purse, &before);
        match self.had(&ask) {
            Ok(None) => self.tally.left(ask.kind),
            Ok(Some(answer)) => self.judge(&ask, &before, &answer),
            Err(why) => {
                self.stream = None;
                self.tally.wrong(ask.kind, before.at, &why);
            }
        }
    }

    fn judge(&mut self, ask: &Ask, before: &Moment, answer: &Answer) {
        let after = self.world.now();
        self.tally.answered(
            ask.kind,
            answer.status,
            &answer.id,
            after.at.saturating_sub(before.at),
        );
        if let Err(why) = ask.judge(before, &after, answer) {
            self.tally.wrong(ask.kind, before.at, &why);
        }
    }

    /// Asks and reads the answer; none where the client leaves before it.
    fn had(&mut self, ask: &Ask) -> Result<Option<Answer>, String> {
        let (mut stream, left) = match self.stream.take() {
            Some(stream) if self.left > 0 => (stream, self.left),
            _ => (self.connected()?, REQUESTS_PER_CONNECTION),
        };
        stream.write_all(&ask.bytes).map_err(|error| format!("cannot ask: {error}"))?;
        if ask.then == Then::Leaves {
            return Ok(None);
        }
        let answer = answer::read(&mut stream, ask.then != Then::LeavesAnswer)?;
        if ask.then == Then::GoesOn && !answer.closes {
            (self.stream, self.left) = (Some(stream), left - 1);
        }
        Ok(Some(answer))
    }

    fn connected(&self) -> Result<TcpStream, String> {
        let opened = || -> std::io::Result<TcpStream> {
            let stream = TcpStream::connect_timeout(&self.purse.gateway, PATIENCE)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        opened().map_err(|error| format!("no connection: {error}"))
    }
}
