//! Admission: a place for a run, or a place in a bounded queue for a bounded time, or a refusal.

use crate::{
    error::{ApiError, Code},
    metrics::Metrics,
    settings::Settings,
};
use prometheus_client::metrics::gauge::Gauge;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// The places for runs.
#[derive(Debug)]
pub(crate) struct Admission {
    places: Arc<Semaphore>,
    capacity: usize,
    freed: Arc<Notify>,
    queue: Arc<Semaphore>,
    patience: Duration,
    retry_after: Duration,
    in_flight: Gauge,
    queued: Gauge,
}

/// A run's place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    in_flight: Gauge,
    // Fields drop in this order: the permit is back before anybody hears of it.
    _permit: OwnedSemaphorePermit,
    _freed: Freed,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.in_flight.dec();
    }
}

/// Tells who waits for the last run to end.
#[derive(Debug)]
struct Freed(Arc<Notify>);

impl Drop for Freed {
    fn drop(&mut self) {
        self.0.notify_waiters();
    }
}

/// Counts a request as queued while it waits.
struct Queued(Gauge);

impl Drop for Queued {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Admission {
    pub(crate) fn new(settings: &Settings, metrics: &Metrics) -> Self {
        let capacity = settings.limits.in_flight.min(Semaphore::MAX_PERMITS);
        Admission {
            places: Arc::new(Semaphore::new(capacity)),
            capacity,
            freed: Arc::default(),
            queue: Arc::new(Semaphore::new(settings.limits.queue.min(Semaphore::MAX_PERMITS))),
            patience: settings.timeouts.queue.0,
            retry_after: settings.timeouts.retry_after.overloaded.0,
            in_flight: metrics.in_flight.clone(),
            queued: metrics.queued.clone(),
        }
    }

    /// A place, at once or after waiting in the queue.
    pub(crate) async fn enter(&self) -> Result<Place, ApiError> {
        match self.places.clone().try_acquire_owned() {
            Ok(permit) => Ok(self.place(permit)),
            Err(TryAcquireError::Closed) => Err(ApiError::draining(self.retry_after)),
            Err(TryAcquireError::NoPermits) => self.wait().await,
        }
    }

    async fn wait(&self) -> Result<Place, ApiError> {
        let Ok(_turn) = self.queue.try_acquire() else { return Err(self.overloaded()) };
        self.queued.inc();
        let _queued = Queued(self.queued.clone());
        match tokio::time::timeout(self.patience, self.places.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(self.place(permit)),
            Ok(Err(_)) => Err(ApiError::draining(self.retry_after)),
            Err(_) => Err(self.overloaded()),
        }
    }

    /// From now on nobody gets a place, those in the queue included: another replica serves them sooner.
    pub(crate) fn close(&self) {
        self.places.close();
    }

    /// Resolves when no run is under way.
    pub(crate) async fn idle(&self) {
        loop {
            let freed = self.freed.notified();
            if self.places.available_permits() == self.capacity {
                return;
            }
            freed.await;
        }
    }

    fn place(&self, permit: OwnedSemaphorePermit) -> Place {
        self.in_flight.inc();
        Place { in_flight: self.in_flight.clone(), _permit: permit, _freed: Freed(self.freed.clone()) }
    }

    fn overloaded(&self) -> ApiError {
        let error = ApiError::new(Code::Overloaded, "too many requests are under way; try again in a moment");
        ApiError { retry_after: Some(self.retry_after), ..error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(in_flight: usize, queue: usize) -> Admission {
        let mut settings = Settings::default();
        settings.limits.in_flight = in_flight;
        settings.limits.queue = queue;
        Admission::new(&settings, &Metrics::new())
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_or_finds_the_queue_full_is_turned_away() {
        let admission = admission(1, 1);
        let place = admission.enter().await.unwrap();
        let (waiting, refused) = tokio::join!(admission.enter(), admission.enter());
        assert_eq!(waiting.unwrap_err().code, Code::Overloaded);
        assert_eq!(refused.unwrap_err().code, Code::Overloaded);
        assert_eq!((admission.in_flight.get(), admission.queued.get()), (1, 0));
        drop(place);
        admission.enter().await.unwrap();
        assert_eq!(admission.in_flight.get(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_gets_the_next_place() {
        let admission = admission(1, 1);
        let place = admission.enter().await.unwrap();
        let leave = async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            drop(place);
        };
        let (entered, ()) = tokio::join!(admission.enter(), leave);
        entered.unwrap();
        admission.idle().await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_when_the_doors_close_is_turned_away_and_who_is_inside_may_stay() {
        let admission = admission(1, 1);
        let place = admission.enter().await.unwrap();
        let leave = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            admission.close();
            tokio::time::sleep(Duration::from_secs(60)).await;
            drop(place);
        };
        let started = tokio::time::Instant::now();
        let (turned_away, (), ()) = tokio::join!(admission.enter(), leave, admission.idle());
        assert_eq!(turned_away.unwrap_err().code, Code::Draining);
        assert_eq!(admission.enter().await.unwrap_err().code, Code::Draining);
        // `idle` was asked while the run was under way and resolved with its end.
        assert_eq!(started.elapsed(), Duration::from_secs(61));
    }
}
