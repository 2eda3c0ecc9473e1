//! The limit of file descriptors, and how many connections it allows.

/// Descriptors kept for everything that is no connection.
const RESERVE: u64 = 64;

/// Raises the soft limit to the hard one and says how many connections can be served at once: each takes one descriptor
/// and its run another one upstream.
pub fn raise_limit() -> usize {
    let limit = match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => limit,
        Err(error) => {
            tracing::warn!(%error, "the limit of file descriptors could not be raised");
            rlimit::getrlimit(rlimit::Resource::NOFILE).map_or(1024, |(soft, _)| soft)
        }
    };
    usize::try_from(limit.saturating_sub(RESERVE) / 2).unwrap_or(usize::MAX).clamp(16, 1 << 20)
}
