//! The library a Rust user adds: chains, models and the server under one name.
