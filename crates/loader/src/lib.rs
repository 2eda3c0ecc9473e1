//! Turns chain files into chains.
