//! Admission: a place for a run, or a place in a bounded queue for a bounded time, or a refusal.

use crate::{
    error::{ApiError, Code},
    metrics::Metrics,
    settings::Settings,
};
use prometheus_client::metrics::gauge::Gauge;
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// The places for runs.
#[derive(Debug)]
pub(crate) struct Admission {
    places: Arc<Semaphore>,
    capacity: u32,
    queue: Arc<Semaphore>,
    patience: Duration,
    retry_after: Duration,
    in_flight: Gauge,
    queued: Gauge,
}

/// A run's place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    in_flight: Gauge,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.in_flight.dec();
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
        let capacity = settings.limits.in_flight.min(Semaphore::MAX_PERMITS).min(u32::MAX as usize);
        Admission {
            places: Arc::new(Semaphore::new(capacity)),
            capacity: capacity as u32,
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

    /// Resolves when no run is under way.
    pub(crate) async fn idle(&self) {
        let _all = self.places.acquire_many(self.capacity).await;
    }

    fn place(&self, permit: OwnedSemaphorePermit) -> Place {
        self.in_flight.inc();
        Place { _permit: permit, in_flight: self.in_flight.clone() }
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
}
