//! Shows that `cargo xtask sanitize thread` finds what it looks for, and nothing else: `race race` has a data race, and
//! `race locks` sixteen threads that share a mutex, a lock for readers, a lazy value and an `Arc` as they should.

use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::thread;

const THREADS: usize = 16;
const ROUNDS: usize = 2000;

static mut SHARED: u64 = 0;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("race") => race(),
        Some("locks") => locks(),
        _ => panic!("usage: race race|locks"),
    }
}

fn race() {
    let work = || {
        for _ in 0..ROUNDS {
            // SAFETY: there is none. Two threads write without order, which is what must be found.
            unsafe { SHARED = SHARED.wrapping_add(1) };
        }
    };
    let other = thread::spawn(work);
    work();
    other.join().expect("it does not panic");
}

fn locks() {
    let mutex = Mutex::new(Vec::new());
    let readers = RwLock::new(vec![0_usize; 4]);
    let lazy = OnceLock::new();
    let shared = Arc::new(vec![7_usize; 100]);
    thread::scope(|scope| {
        let spawn = |id: usize| {
            let shared = Arc::clone(&shared);
            let (mutex, readers, lazy) = (&mutex, &readers, &lazy);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let first: &Vec<usize> = lazy.get_or_init(|| vec![shared[0]; 100]);
                    mutex.lock().expect("nobody panics").push(first[round % 100]);
                    if round % 8 == 0 {
                        readers.write().expect("nobody panics")[id % 4] += 1;
                    } else {
                        assert!(readers.read().expect("nobody panics").len() == 4);
                    }
                }
            })
        };
        // What the end of the scope orders is not seen; what the end of a thread does is.
        let threads: Vec<_> = (0..THREADS).map(spawn).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("nobody panics"));
    });
    let sum: usize = readers.into_inner().expect("nobody panics").iter().sum();
    assert_eq!((mutex.into_inner().expect("nobody panics").len(), sum), (THREADS * ROUNDS, THREADS * ROUNDS / 8));
}
