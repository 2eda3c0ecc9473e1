//! When a failed request is sent again, as the vendors' own SDKs do it.

use http::{HeaderMap, StatusCode};
use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, SystemTime},
};

/// The longest wait a service may ask for, unless its protocol says otherwise; when it asks for more, the call fails at
/// once.
pub(crate) const LONGEST_ASKED: Duration = Duration::from_secs(60);
/// The first wait of our own choice; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest wait of our own choice.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// How much of a wait of our own choice is left to chance, so that clients do not come back in step.
const JITTER: f64 = 0.25;

/// How long to wait before an answer's request is sent again; `None` if it should not be.
/// `retries` is how many were made already, `longest` the longest wait the service may ask for.
pub(crate) fn retry_pause(
    answer: Option<(StatusCode, &HeaderMap)>,
    retries: u32,
    longest: Duration,
) -> Option<Duration> {
    let Some((status, headers)) = answer else { return Some(backoff(retries, chance())) };
    if !should_retry(status, headers) {
        return None;
    }
    match retry_after(headers, SystemTime::now()) {
        Some(asked) if asked > longest => None,
        Some(asked) if asked > Duration::ZERO => Some(asked),
        _ => Some(backoff(retries, chance())),
    }
}

/// When the service said to come back.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok();
    if let Some(milliseconds) = text("retry-after-ms").and_then(number) {
        return Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
    let text = text("retry-after")?;
    match number(text) {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        None => httpdate::parse_http_date(text).ok()?.duration_since(now).ok(),
    }
}

fn should_retry(status: StatusCode, headers: &HeaderMap) -> bool {
    match headers.get("x-should-retry").map(|value| value.as_bytes()) {
        Some(b"true") => true,
        Some(b"false") => false,
        _ => matches!(status.as_u16(), 408 | 409 | 429 | 500..),
    }
}

/// `chance` is from 0 to 1.
fn backoff(retries: u32, chance: f64) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(retries)).min(LONGEST_PAUSE);
    pause.mul_f64(1.0 - JITTER * chance)
}

/// A number from 0 to 1 that differs each time; the hash maps' random seed is good enough to spread retries.
fn chance() -> f64 {
    f64::from(u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let header = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        pairs.iter().map(header).collect()
    }

    #[track_caller]
    fn check(status: u16, pairs: &[(&'static str, &'static str)], expect: Option<u64>) {
        let pause =
            retry_pause(Some((StatusCode::from_u16(status).unwrap(), &headers(pairs))), 0, LONGEST_ASKED);
        match expect {
            Some(milliseconds) => assert_eq!(pause, Some(Duration::from_millis(milliseconds))),
            None => assert_eq!(pause, None),
        }
    }

    #[test]
    fn what_the_service_says_is_done() {
        check(429, &[("retry-after", "3")], Some(3000));
        check(429, &[("retry-after", "0.5")], Some(500));
        check(503, &[("retry-after-ms", "5"), ("retry-after", "3")], Some(5));
        check(400, &[("x-should-retry", "true"), ("retry-after", "1")], Some(1000));
        check(500, &[("x-should-retry", "false"), ("retry-after", "1")], None);
        check(429, &[("retry-after", "61")], None);
        check(429, &[("retry-after", "Wed, 21 Oct 2099 07:28:00 GMT")], None);
        check(400, &[("retry-after", "1")], None);
        check(401, &[], None);
    }

    #[test]
    fn these_are_retried_without_being_told() {
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            let pause =
                retry_pause(Some((StatusCode::from_u16(status).unwrap(), &headers(&[]))), 0, LONGEST_ASKED)
                    .unwrap();
            assert!((375..=500).contains(&pause.as_millis()), "{pause:?}");
        }
    }

    #[test]
    fn dates_count_from_now() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 10:00:00 GMT").unwrap();
        let asked = |date| retry_after(&headers(&[("retry-after", date)]), now);
        assert_eq!(asked("Sun, 22 Nov 2026 10:00:20 GMT"), Some(Duration::from_secs(20)));
        assert_eq!(asked("Sun, 22 Nov 2026 09:00:00 GMT"), None);
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-1"), None);
    }

    #[test]
    fn waits_double_up_to_eight_seconds() {
        let waits = [0, 1, 2, 3, 4, 5, 63].map(|retries| backoff(retries, 0.0).as_millis());
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(backoff(0, 1.0).as_millis(), 375);
        assert!((0.0..=1.0).contains(&chance()));
    }
}
