//! Read-copy-update by crossbeam-epoch, for the native back ends.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_epoch::{Guard, pin};

thread_local! {
    /// The read-side critical sections that this thread is in, innermost last.
    static SECTIONS: RefCell<Vec<Guard>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn read_lock() {
    SECTIONS.with_borrow_mut(|sections| sections.push(pin()));
}

pub(crate) fn read_unlock() {
    SECTIONS.with_borrow_mut(Vec::pop);
}

/// Waits until every read-side critical section that now runs has ended.
pub(crate) fn synchronize() {
    let ended = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&ended);
    call_rcu(move || set.store(true, Ordering::Release));
    while !ended.load(Ordering::Acquire) {
        // Advances the epoch and runs what is due, as far as the readers let it.
        pin().flush();
        std::thread::yield_now();
    }
}

/// `call_rcu()`: runs `callback` after a grace period, on whichever thread then collects.
pub fn call_rcu(callback: impl FnOnce() + Send + 'static) {
    let guard = pin();
    guard.defer(callback);
}
