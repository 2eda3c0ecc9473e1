//! Recordings of the real LangServe: the recorded requests are sent byte for byte to a server with the same chains, and
//! the answers compared.

mod answer;
mod compare;
mod event;
mod exceptions;
mod normal;
mod recording;
mod replay;
mod wire;

pub use answer::{Answer, AnswerError};
pub use event::Event;
pub use exceptions::{Exception, ExceptionsError, MOST_EXCEPTIONS, Table};
pub use recording::{ReadError, Recording, recordings};
pub use replay::{Outcome, Replayed, replay};
