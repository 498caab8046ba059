//! Who of one thread waits until a fact is safe.
//!
//! The ledger tells of each flush once and to each thread; here it is told to those whose facts became
//! safe by it, and to nobody else. To wake everybody for each flush would cost more than the flush.

use crate::recording::{RecordError, Safe};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use tokio::sync::{oneshot, watch};

/// Those who wait, in the order of their facts.
#[derive(Debug)]
pub(crate) struct Waiting {
    safe: watch::Receiver<Safe>,
    queue: RefCell<VecDeque<(u64, oneshot::Sender<()>)>>,
    /// Nothing becomes safe any more.
    over: Cell<bool>,
}

impl Waiting {
    /// Waits on this thread for what is told there.
    pub(crate) fn new(safe: watch::Receiver<Safe>) -> Rc<Self> {
        let waiting =
            Rc::new(Self { safe: safe.clone(), queue: RefCell::default(), over: Cell::new(false) });
        tokio::task::spawn_local(waiting.clone().keep_telling(safe));
        waiting
    }

    /// Waits until the entry that this thread appended last is safe.
    pub(crate) fn safe(&self, index: u64) -> impl Future<Output = Result<(), RecordError>> + use<> {
        let (tell, told) = oneshot::channel();
        let known = *self.safe.borrow();
        if known.below > index {
            let _ = tell.send(());
        } else if !self.over.get() && !known.stopped {
            self.queue.borrow_mut().push_back((index, tell));
        }
        // A sender that is dropped tells that it never will be.
        async { told.await.map_err(|_| RecordError::Stopped) }
    }

    async fn keep_telling(self: Rc<Self>, mut safe: watch::Receiver<Safe>) {
        while safe.changed().await.is_ok() {
            let known = *safe.borrow_and_update();
            self.tell(known.below);
            if known.stopped {
                break;
            }
        }
        self.over.set(true);
        self.queue.borrow_mut().clear();
    }

    fn tell(&self, below: u64) {
        let mut queue = self.queue.borrow_mut();
        while queue.front().is_some_and(|(index, _)| *index < below) {
            if let Some((_, tell)) = queue.pop_front() {
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

    #[test]
    fn who_is_safe_is_told_and_nobody_else() {
        on_one_thread(async {
            let (tell, safe) = watch::channel(Safe { below: 3, stopped: false });
            let waiting = Waiting::new(safe);
            assert!(waiting.safe(2).await.is_ok());
            let (fourth, fifth) = (spawn_local(waiting.safe(3)), spawn_local(waiting.safe(4)));
            tell.send(Safe { below: 4, stopped: false }).unwrap();
            assert!(fourth.await.unwrap().is_ok());
            rest().await;
            assert!(!fifth.is_finished());
            tell.send(Safe { below: 5, stopped: false }).unwrap();
            assert!(fifth.await.unwrap().is_ok());
        });
    }

    #[test]
    fn what_will_never_be_safe_is_told_as_that() {
        for told in [true, false] {
            on_one_thread(async {
                let (tell, safe) = watch::channel(Safe { below: 0, stopped: false });
                let waiting = Waiting::new(safe);
                let (first, second) = (spawn_local(waiting.safe(0)), spawn_local(waiting.safe(1)));
                // The ledger stops, or whoever tells of it is gone.
                if told {
                    tell.send(Safe { below: 1, stopped: true }).unwrap();
                } else {
                    drop(tell);
                }
                assert_eq!(first.await.unwrap().is_ok(), told);
                assert!(second.await.unwrap().is_err());
                assert!(waiting.safe(2).await.is_err());
            });
        }
    }
}
