//! Virtual time: it stands still while anybody has something to do, and jumps to whoever wakes first when nobody has.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;

/// When every storm begins, in milliseconds since the epoch.
pub(crate) const START: i64 = 1_795_000_000_000;

/// A lock of one thread is never waited for.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The clock and everybody who sleeps.
pub(crate) struct Time(Mutex<State>);

struct State {
    now: i64,
    sleepers: BTreeMap<(i64, u64), Waker>,
    last: u64,
}

impl Default for Time {
    fn default() -> Self {
        Self(Mutex::new(State { now: START, sleepers: BTreeMap::new(), last: 0 }))
    }
}

impl Time {
    pub(crate) fn now(&self) -> i64 {
        lock(&self.0).now
    }

    /// Sleeps for so many milliseconds.
    pub(crate) fn sleep(&self, ms: i64) -> Sleep<'_> {
        self.sleep_until(self.now() + ms)
    }

    pub(crate) fn sleep_until(&self, at: i64) -> Sleep<'_> {
        let mut state = lock(&self.0);
        state.last += 1;
        Sleep { time: self, at, id: state.last }
    }

    fn wake_next(&self) -> bool {
        let mut state = lock(&self.0);
        let Some(((at, _), waker)) = state.sleepers.pop_first() else { return false };
        state.now = state.now.max(at);
        drop(state);
        waker.wake();
        true
    }

    /// Runs these until all are over.
    ///
    /// # Panics
    /// When one of them waits for something that never comes.
    pub(crate) fn run(&self, tasks: Vec<LocalBoxFuture<'_, ()>>) {
        let mut tasks: FuturesUnordered<_> = tasks.into_iter().collect();
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        loop {
            match tasks.poll_next_unpin(&mut context) {
                Poll::Ready(None) => return,
                Poll::Ready(Some(())) => {}
                // Somebody has more to do at this moment.
                Poll::Pending if woken.0.swap(false, Ordering::Relaxed) => {}
                Poll::Pending => assert!(self.wake_next(), "somebody waits for ever"),
            }
        }
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// See [`Time::sleep`].
pub(crate) struct Sleep<'a> {
    time: &'a Time,
    at: i64,
    id: u64,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.time.0);
        if state.now >= self.at {
            return Poll::Ready(());
        }
        state.sleepers.insert((self.at, self.id), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        lock(&self.time.0).sleepers.remove(&(self.at, self.id));
    }
}
