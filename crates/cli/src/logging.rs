//! Log lines: to standard error, for people or as JSON.

mod lines;

use crate::{args::LogFormat, terminal};
use anyhow::Context;
use lines::Lines;
use tracing_subscriber::EnvFilter;

/// Starts logging.
pub(crate) fn start(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("`--log {filter}` is not a filter"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_ansi(terminal::has_colours()).event_format(Lines).init(),
        LogFormat::Json => {
            builder.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
            std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
        }
    }
    Ok(())
}
