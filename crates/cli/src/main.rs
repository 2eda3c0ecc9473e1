//! The program `windlass`.
fn main() {}
