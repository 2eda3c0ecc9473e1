//! The headers that mean something.

use crate::{
    Difference,
    langserve::{Answer, Recording},
};

/// Compared where LangServe sent them.
const HEADERS: [&str; 4] =
    ["location", "content-type", "access-control-allow-origin", "access-control-allow-credentials"];

/// The first header that differs. The kind of a body counts where the body does.
pub(super) fn compare(recording: &Recording, got: &Answer, body_counts: bool) -> Result<(), Difference> {
    for name in HEADERS.into_iter().filter(|name| body_counts || *name != "content-type") {
        let [wanted, got] = [&recording.answer, got].map(|answer| value(answer, name, recording.host()));
        if wanted.is_some() && wanted != got {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "nothing".into());
            return Err(Difference::new(format!("header {name}"), shown(wanted), shown(got)));
        }
    }
    match [&recording.answer, got].map(allowed) {
        [Some(wanted), Some(got)] if wanted.iter().all(|method| got.contains(method)) => Ok(()),
        [Some(wanted), got] => {
            Err(Difference::new("header allow", format!("{wanted:?}"), format!("{got:?}")))
        }
        [None, _] => Ok(()),
    }
}

fn value(answer: &Answer, name: &str, host: &str) -> Option<String> {
    match name {
        "content-type" => answer.media_type().map(Into::into),
        // A redirect to the same host is the same whether it names the host or not.
        "location" => answer.header(name).map(|location| {
            location.trim_start_matches("http://").strip_prefix(host).unwrap_or(location).into()
        }),
        _ => answer.header(name).map(Into::into),
    }
}

fn allowed(answer: &Answer) -> Option<Vec<String>> {
    answer.header("allow").map(|methods| methods.split(',').map(|method| method.trim().to_owned()).collect())
}
