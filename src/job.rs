//! A call that is made now and done later, on a thread of its own.
//!
//! Jobs don't run on libuv's pool. Its four threads also serve `fs` and `dns`, and no process can exit, and no worker thread can be
//! terminated, before the pool's work is done. `lib/turns.js` decides when each of a journal's jobs starts.
//!
//! A thread can outlive the environment that started it. `JsDeferred` then drops the thread's result. It also keeps the addon's code mapped
//! for the thread, on every system (napi pins the library).

use std::cell::{Cell, OnceCell};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::answer::answer;
use crate::operation::Operation;
use codegraph_journal::{Error as JournalError, Journal};

/// How long the end of an environment waits for jobs that have the lock. If the process ended while a job has the lock, the lockfile would stay,
/// and the JS module would respect it for 30 s.
const MOMENT: Duration = Duration::from_millis(250);

thread_local! {
    /// Whether a job of this thread's environment has already used up [`MOMENT`]. Then the end of the environment waits for no other job.
    static IS_OVER: Cell<bool> = const { Cell::new(false) };
}

/// One call, with its arguments checked and copied. A job is done once.
pub struct Job {
    journal: Journal,
    operation: Cell<Option<Operation<'static>>>,
    lenient: bool,
    left_out: Option<String>,
    cancel: Arc<AtomicBool>,
    /// The job's thread disconnects this when it is done.
    thread: OnceCell<Receiver<Infallible>>,
}

impl Job {
    pub(super) fn new(
        journal: &Journal,
        operation: Operation<'_>,
        lenient: bool,
        left_out: Option<String>,
    ) -> External<Self> {
        let cancel = Arc::new(AtomicBool::new(false));
        let journal = journal.clone().with_cancel(Arc::clone(&cancel));
        let operation = Cell::new(Some(operation.into_owned()));
        External::new(Self { journal, operation, lenient, left_out, cancel, thread: OnceCell::new() })
    }

    fn end(&self) {
        self.cancel.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.get() {
            let moment = if IS_OVER.get() { Duration::ZERO } else { MOMENT };
            // Nobody waits longer for a job. The other jobs have had the same moment.
            if thread.recv_timeout(moment) == Err(RecvTimeoutError::Timeout) {
                IS_OVER.set(true);
            }
        }
    }
}

/// A job is dropped when it is garbage collected, long after it was done, or when its environment ends.
impl Drop for Job {
    fn drop(&mut self) {
        self.end();
    }
}

/// The entries that the job leaves out. JavaScript warns of them when the call is made, because the job may be done much later.
#[napi(namespace = "job", catch_unwind)]
pub fn left_out(job: &External<Job>) -> Option<String> {
    job.left_out.clone()
}

/// Does the job on a thread of its own. Returns a promise of its answer.
#[napi(namespace = "job", catch_unwind)]
pub fn start<'env>(env: &'env Env, job: &External<Job>) -> Result<Object<'env>> {
    let operation = job.operation.take().ok_or_else(|| Error::from_reason("a job is done once"))?;
    let (journal, lenient) = (job.journal.clone(), job.lenient);
    IS_OVER.set(false); // the environment goes on
    let (deferred, promise) = env.create_deferred()?;
    let unstarted = deferred.clone();
    let give = |told: Result<Option<String>>| move |_: Env| told;
    let (done, thread) = mpsc::channel();
    let work = move || {
        let result = catch_unwind(AssertUnwindSafe(|| answer(&journal, operation.run(&journal, lenient), None)));
        deferred.resolve(give(result.map_err(|_| Error::from_reason("the journal's thread has panicked"))));
        drop(done);
    };
    match thread::Builder::new().name("journal".to_owned()).spawn(work) {
        Ok(_detached) => drop(job.thread.set(thread)),
        Err(source) => {
            let path = job.journal.path().to_owned();
            let error = JournalError::Io { syscall: "pthread_create", path, source };
            let told = answer(&job.journal, Err(error), None);
            unstarted.resolve(give(Ok(told)));
        }
    }
    Ok(promise)
}

/// If the job still waits for the lock, ends that wait with `ERR_JOURNAL_CANCELLED`, within some 10 ms.
#[napi(namespace = "job", catch_unwind)]
pub fn cancel(job: &External<Job>) -> Null {
    job.cancel.store(true, Ordering::Relaxed);
    Null
}

/// Cancels the job. If it has the lock already, waits a moment for its end.
#[napi(namespace = "job", catch_unwind)]
pub fn end(job: &External<Job>) -> Null {
    job.end();
    Null
}
