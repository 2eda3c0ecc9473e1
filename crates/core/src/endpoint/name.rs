//! What chains may be called.

/// Names that routes of the server need.
const RESERVED: [&str; 27] = [
    "ui",
    "langserve",
    "mcp",
    "v1",
    "sessions",
    "runs",
    "c",
    "playground",
    "invoke",
    "stream",
    "stream_log",
    "stream_events",
    "batch",
    "input_schema",
    "output_schema",
    "config_schema",
    "feedback",
    "token_feedback",
    "public_trace_link",
    "health",
    "livez",
    "readyz",
    "metrics",
    "docs",
    "openapi.json",
    "openapi",
    "assets",
];

/// Whether a chain can have this name; if not, why.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.' | '/');
    let parts_ok = name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if name.is_empty() || name.len() > 128 {
        return Err("a name has 1 to 128 characters");
    }
    if !name.chars().all(plain) || !parts_ok {
        return Err("a name is made of letters, digits, `-`, `_` and `.`, and of such parts joined by `/`");
    }
    if name.split('/').any(|part| RESERVED.contains(&part)) {
        return Err("a route of the server has that name");
    }
    Ok(())
}
