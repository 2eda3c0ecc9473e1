//! Speaks to model vendors: OpenAI-shaped ones, and a fake one for tests and demos.
