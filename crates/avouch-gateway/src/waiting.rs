//! Who of one thread waits until a fact is safe.
//!
//! The ledger tells of each flush once and to each thread; here it is told to those whose facts became
//! safe by it, and to nobody else. To wake everybody for each flush would cost more than the flush.

use crate::recording::{RecordError, Safe, Ticket};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use tokio::sync::{oneshot, watch};

/// Those who wait, in the order of their facts.
#[derive(Debug)]
pub(crate) struct Waiting {
    safe: watch::Receiver<Safe>,
    queue: RefCell<VecDeque<(Ticket, oneshot::Sender<()>)>>,
}

impl Waiting {
    /// Waits on this thread for what is told there.
    pub(crate) fn new(safe: watch::Receiver<Safe>) -> Rc<Self> {
        let waiting = Rc::new(Self { safe: safe.clone(), queue: RefCell::default() });
        tokio::task::spawn_local(waiting.clone().keep_telling(safe));
        waiting
    }

    /// Waits until the entry that this thread appended last is safe.
    pub(crate) fn safe(
        &self,
        ticket: Ticket,
    ) -> impl Future<Output = Result<(), RecordError>> + use<> {
        let (tell, told) = oneshot::channel();
        let known = *self.safe.borrow();
        let is_over = self.safe.has_changed().is_err();
        // What was appended to a ledger that failed since is nowhere, or nobody knows.
        if known.opened == ticket.opened && known.below > ticket.index {
            let _ = tell.send(());
        } else if known.opened == ticket.opened && !known.stopped && !is_over {
            self.queue.borrow_mut().push_back((ticket, tell));
        }
        // A sender that is dropped tells that it never will be.
        async { told.await.map_err(|_| RecordError::Stopped) }
    }

    async fn keep_telling(self: Rc<Self>, mut safe: watch::Receiver<Safe>) {
        while safe.changed().await.is_ok() {
            let known = *safe.borrow_and_update();
            self.tell(known);
        }
        self.queue.borrow_mut().clear();
    }

    fn tell(&self, known: Safe) {
        let mut queue = self.queue.borrow_mut();
        while queue.front().is_some_and(|(ticket, _)| known.is_beyond(*ticket)) {
            if let Some((ticket, tell)) = queue.pop_front()
                && ticket.opened == known.opened
                && ticket.index < known.below
            {
                // Who went away does not need to know.
                let _ = tell.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::{LocalSet, spawn_local, yield_now};

    fn on_one_thread(work: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        LocalSet::new().block_on(&runtime, work);
    }

    async fn rest() {
        for _ in 0..8 {
            yield_now().await;
        }
    }

    fn safe(opened: u64, below: u64, stopped: bool) -> Safe {
        Safe { opened, below, stopped }
    }

    fn ticket(opened: u64, index: u64) -> Ticket {
        Ticket { opened, index }
    }

    #[test]
    fn who_is_safe_is_told_and_nobody_else() {
        on_one_thread(async {
            let (tell, told) = watch::channel(safe(0, 3, false));
            let waiting = Waiting::new(told);
            assert!(waiting.safe(ticket(0, 2)).await.is_ok());
            let fourth = spawn_local(waiting.safe(ticket(0, 3)));
            let fifth = spawn_local(waiting.safe(ticket(0, 4)));
            tell.send(safe(0, 4, false)).unwrap();
            assert!(fourth.await.unwrap().is_ok());
            rest().await;
            assert!(!fifth.is_finished());
            tell.send(safe(0, 5, false)).unwrap();
            assert!(fifth.await.unwrap().is_ok());
        });
    }

    #[test]
    fn what_will_never_be_safe_is_told_as_that() {
        for told in [true, false] {
            on_one_thread(async {
                let (tell, known) = watch::channel(safe(0, 0, false));
                let waiting = Waiting::new(known);
                let first = spawn_local(waiting.safe(ticket(0, 0)));
                let second = spawn_local(waiting.safe(ticket(0, 1)));
                // The ledger stops, or whoever tells of it is gone.
                if told {
                    tell.send(safe(0, 1, true)).unwrap();
                } else {
                    drop(tell);
                }
                assert_eq!(first.await.unwrap().is_ok(), told);
                assert!(second.await.unwrap().is_err());
                assert!(waiting.safe(ticket(0, 2)).await.is_err());
            });
        }
    }

    #[test]
    fn what_was_appended_before_the_ledger_failed_is_not_safe_by_what_came_after() {
        on_one_thread(async {
            let (tell, known) = watch::channel(safe(0, 1, false));
            let waiting = Waiting::new(known);
            let before = spawn_local(waiting.safe(ticket(0, 4)));
            // That it stopped meanwhile may be told too late to be seen.
            tell.send(safe(0, 2, true)).unwrap();
            tell.send(safe(1, 9, false)).unwrap();
            assert!(before.await.unwrap().is_err());
            assert!(waiting.safe(ticket(0, 5)).await.is_err());
            assert!(waiting.safe(ticket(1, 5)).await.is_ok());
            let next = spawn_local(waiting.safe(ticket(1, 9)));
            tell.send(safe(1, 10, false)).unwrap();
            assert!(next.await.unwrap().is_ok());
        });
    }
}
