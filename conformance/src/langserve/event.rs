//! Server-sent events, read as a browser reads them.

/// One event of a stream, or a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An event.
    Named {
        /// Its name; `message` where it has none.
        name: String,
        /// Its data, if it has a line of it.
        data: Option<String>,
    },
    /// A comment, which shows that the stream is alive.
    Comment,
}

impl Event {
    /// All events of a stream; one without its blank line is none.
    pub fn all(text: &str) -> Vec<Event> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut events: Vec<&str> = text.split("\n\n").collect();
        events.pop();
        events.into_iter().filter_map(Event::one).collect()
    }

    fn one(lines: &str) -> Option<Event> {
        let mut name = None;
        let mut data: Option<String> = None;
        let mut comment = false;
        for line in lines.split('\n').filter(|line| !line.is_empty()) {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" => comment = true,
                "event" => name = Some(value.to_owned()),
                "data" => data = Some(data.map_or_else(|| value.into(), |data| format!("{data}\n{value}"))),
                _ => {}
            }
        }
        match (name, data) {
            (None, None) => comment.then_some(Event::Comment),
            (name, data) => Some(Event::Named { name: name.unwrap_or_else(|| "message".into()), data }),
        }
    }

    /// How many of these are events.
    pub(super) fn count(events: &[Event]) -> usize {
        events.iter().filter(|event| **event != Event::Comment).count()
    }

    /// The name, unless it is a comment.
    pub fn name(&self) -> Option<&str> {
        match self {
            Event::Named { name, .. } => Some(name),
            Event::Comment => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, data: Option<&str>) -> Event {
        Event::Named { name: name.into(), data: data.map(Into::into) }
    }

    #[track_caller]
    fn check(text: &str, events: &[Event]) {
        assert_eq!(Event::all(text), events);
    }

    #[test]
    fn reads_what_servers_write() {
        check(
            "event: data\r\ndata: 1\r\n\r\nevent: end\r\n\r\n",
            &[named("data", Some("1")), named("end", None)],
        );
        check("data:a\ndata: b\n\n", &[named("message", Some("a\nb"))]);
        check(": ping\r\n\r\ndata: x\r\n\r\ndata: cut", &[Event::Comment, named("message", Some("x"))]);
        check(": hi\nevent: end\n\n", &[named("end", None)]);
        check("", &[]);
    }
}
