//! When requests start: the closed loop, the open loop and the end of both.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::args::Args;
use crate::request::{Connection, Target};
use crate::tally::{End, Record, Totals};

pub struct Run {
    target: Target,
    stopped: AtomicBool,
    stop: Notify,
    next: AtomicU64,
    inflight: AtomicI64,
    peak: AtomicI64,
    totals: Mutex<Totals>,
}

impl Run {
    pub fn new(args: Args) -> Run {
        Run {
            target: Target::new(args),
            stopped: AtomicBool::new(false),
            stop: Notify::new(),
            next: AtomicU64::new(0),
            inflight: AtomicI64::new(0),
            peak: AtomicI64::new(0),
            totals: Mutex::new(Totals::new()),
        }
    }

    pub fn args(&self) -> &Args {
        &self.target.args
    }

    pub fn totals(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().expect("no holder panics")
    }

    pub fn peak_inflight(&self) -> i64 {
        self.peak.load(Relaxed)
    }

    fn limit(&self) -> u64 {
        if self.args().requests > 0 { self.args().requests } else { u64::MAX }
    }

    /// Runs everything; the time that rates count over.
    pub async fn all(self: &Arc<Self>) -> Duration {
        let start = Instant::now();
        let (duration, max_time) = (self.args().duration, self.args().max_time);
        let end = if duration > 0.0 { duration.min(max_time) } else { max_time };
        let run = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs_f64(end)).await;
            run.stopped.store(true, Relaxed);
            run.stop.notify_waiters();
        });
        if self.args().rate > 0.0 {
            self.open_loop(start).await
        } else {
            self.closed_loop().await
        }
        // with unfinished work the window is the whole run, else until the last answer
        let now = Instant::now();
        let totals = self.totals();
        let whole = totals.unfinished > 0 || duration > 0.0;
        if whole { now - start } else { totals.last_done.unwrap_or(now) - start }
    }

    async fn closed_loop(self: &Arc<Self>) {
        let mut workers = JoinSet::new();
        for w in 0..self.args().concurrency {
            let run = self.clone();
            workers.spawn(async move {
                let delay_ms = run.args().ramp * w as f64 / run.args().concurrency as f64;
                if delay_ms > 0.0 {
                    tokio::time::sleep(Duration::from_secs_f64(delay_ms / 1e3)).await;
                }
                let mut slot = None;
                while !run.stopped.load(Relaxed) {
                    let n = run.next.fetch_add(1, Relaxed);
                    if n >= run.limit() {
                        break;
                    }
                    run.one(&mut slot, n, None).await;
                }
            });
        }
        workers.join_all().await;
    }

    async fn open_loop(self: &Arc<Self>, start: Instant) {
        let (tx, rx) = unbounded_channel();
        let run = self.clone();
        let pacer = std::thread::spawn(move || run.pace(start, &tx));
        self.send_when_due(rx).await;
        let _ = pacer.join();
    }

    /// A thread of its own: its sleep is finer than the runtime's 1 ms timer.
    fn pace(&self, start: Instant, tx: &UnboundedSender<(u64, Instant)>) {
        // SAFETY: plain prctl, sets this thread's timer slack only
        unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1000u64, 0, 0, 0) };
        let mut i = 0;
        while i < self.limit() && !self.stopped.load(Relaxed) {
            let due = start + Duration::from_secs_f64(i as f64 / self.args().rate);
            let wait = due.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                std::thread::sleep(wait.min(Duration::from_millis(50)));
            } else if tx.send((i, due)).is_ok() {
                i += 1;
            } else {
                break;
            }
        }
    }

    async fn send_when_due(self: &Arc<Self>, mut due: UnboundedReceiver<(u64, Instant)>) {
        let idle: Arc<Mutex<Vec<Connection>>> = Arc::default();
        let mut requests = JoinSet::new();
        while let Some((n, due)) = due.recv().await {
            if self.stopped.load(Relaxed) {
                break;
            }
            if self.inflight.load(Relaxed) as usize >= self.args().max_inflight {
                self.totals().dropped += 1;
                continue;
            }
            let (run, idle) = (self.clone(), idle.clone());
            requests.spawn(async move {
                let mut slot = take_open(&mut idle.lock().expect("no holder panics"));
                run.one(&mut slot, n, Some(due)).await;
                idle.lock().expect("no holder panics").extend(slot);
            });
            tokio::task::yield_now().await;
        }
        drop(due);
        requests.join_all().await;
    }

    /// One request with its limits; `due` is when it should have started, if there is a schedule.
    async fn one(&self, slot: &mut Option<Connection>, n: u64, due: Option<Instant>) {
        let inflight = self.inflight.fetch_add(1, Relaxed) + 1;
        self.peak.fetch_max(inflight, Relaxed);
        let mut rec = Record::default();
        // closed loop: a new connection is set up before the clock starts
        let ready = if due.is_none() && slot.is_none() { self.connect(slot, &mut rec).await } else { Ok(()) };
        let start = due.unwrap_or_else(Instant::now);
        let end = match ready {
            Ok(()) => self.until_stopped(slot, n, start, &mut rec).await,
            Err(end) => end,
        };
        let now = Instant::now();
        self.inflight.fetch_sub(1, Relaxed);
        if matches!(end, End::Unfinished | End::Timeout | End::Transport(_)) {
            *slot = None;
        }
        self.totals().add(&rec, end, start, now);
    }

    async fn connect(&self, slot: &mut Option<Connection>, rec: &mut Record) -> Result<(), End> {
        let end = match timeout(self.request_limit(), self.target.connect(rec)).await {
            Ok(Ok(connection)) => {
                *slot = Some(connection);
                return Ok(());
            }
            Ok(Err(e)) => End::Transport(e),
            Err(_) => End::Timeout,
        };
        // a server that refuses must not be asked in a tight loop
        tokio::time::sleep(Duration::from_millis(5)).await;
        Err(end)
    }

    async fn until_stopped(
        &self,
        slot: &mut Option<Connection>,
        n: u64,
        start: Instant,
        rec: &mut Record,
    ) -> End {
        let stop = self.stop.notified();
        tokio::pin!(stop);
        stop.as_mut().enable();
        if self.stopped.load(Relaxed) {
            return End::Unfinished;
        }
        tokio::select! {
            r = timeout(self.request_limit(), self.target.run(slot, n, start, rec)) => r.unwrap_or(End::Timeout),
            () = stop => End::Unfinished,
        }
    }

    fn request_limit(&self) -> Duration {
        Duration::from_secs_f64(self.args().timeout)
    }
}

fn take_open(idle: &mut Vec<Connection>) -> Option<Connection> {
    std::iter::from_fn(|| idle.pop()).find(|c| !c.is_closed())
}
