//! Gives chains an HTTP face: admission, dialects, OpenAPI.
