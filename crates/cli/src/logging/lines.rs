//! Log lines for people: time, level, then the message or `name=value` pairs.
//!
//! Every run writes such a line, so it is put together without the detours of the default format, which cost more than
//! a tenth of a request.

use std::fmt::{self, Debug, Write};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

/// One line per event.
pub(super) struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        SystemTime.format_time(&mut writer)?;
        let metadata = event.metadata();
        write_level(&mut writer, *metadata.level())?;
        writer.write_str(metadata.target())?;
        writer.write_char(':')?;
        let mut fields = Fields { writer, result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        fields.writer.write_char('\n')
    }
}

fn write_level(writer: &mut Writer<'_>, level: Level) -> fmt::Result {
    let (word, colour) = match level {
        Level::ERROR => (" ERROR ", "\u{1b}[31m"),
        Level::WARN => ("  WARN ", "\u{1b}[33m"),
        Level::INFO => ("  INFO ", "\u{1b}[32m"),
        Level::DEBUG => (" DEBUG ", "\u{1b}[34m"),
        Level::TRACE => (" TRACE ", "\u{1b}[35m"),
    };
    if !writer.has_ansi_escapes() {
        return writer.write_str(word);
    }
    writer.write_str(colour)?;
    writer.write_str(word)?;
    writer.write_str("\u{1b}[0m")
}

/// Writes fields as they come.
struct Fields<'a> {
    writer: Writer<'a>,
    result: fmt::Result,
}

impl Fields<'_> {
    fn write(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.result.is_err() {
            return;
        }
        let named = field.name() != "message";
        self.result = self
            .writer
            .write_char(' ')
            .and_then(|()| if named { self.writer.write_str(field.name()) } else { Ok(()) })
            .and_then(|()| if named { self.writer.write_char('=') } else { Ok(()) })
            .and_then(|()| value(&mut self.writer));
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
        match !value.is_empty() && value.bytes().all(plain) {
            true => self.write(field, |writer| writer.write_str(value)),
            false if field.name() == "message" => self.write(field, |writer| writer.write_str(value)),
            false => self.write(field, |writer| write!(writer, "{value:?}")),
        }
    }

    /// Two digits behind the point: what is measured is milliseconds.
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.write(field, |writer| {
            let hundredths = (value * 100.0).round();
            if !(0.0..9e15).contains(&hundredths) {
                return write!(writer, "{value}");
            }
            let hundredths = hundredths as u64;
            write!(writer, "{}.{:02}", hundredths / 100, hundredths % 100)
        });
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write(field, |writer| write!(writer, "{value}"));
    }

    /// Errors come with what caused them; a line stays one line.
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.write(field, |writer| write!(OneLine(writer), "{value:?}"));
    }
}

/// Writes line ends as `\n`, so that no value can begin a line of its own.
struct OneLine<'a, 'b>(&'a mut Writer<'b>);

impl Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !text.contains(|char: char| char.is_control()) {
            return self.0.write_str(text);
        }
        text.chars().try_for_each(|char| match char {
            char if char.is_control() => write!(self.0, "{}", char.escape_default()),
            char => self.0.write_char(char),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io, sync::Arc, sync::Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Captured {
        type Writer = Captured;

        fn make_writer(&'a self) -> Captured {
            self.clone()
        }
    }

    #[test]
    fn a_value_cannot_begin_a_line_of_its_own() {
        let captured = Captured::default();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .event_format(Lines)
            .with_writer(captured.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let error = "a\nb";
            tracing::info!(target: "t", chain = "ask", odd = "x y\n", took = 1.5, count = 3_u64, error = %error, "run ended");
        });
        let text = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
        let (_, rest) = text.split_once("  INFO ").unwrap();
        assert_eq!(rest, "t: run ended chain=ask odd=\"x y\\n\" took=1.50 count=3 error=a\\nb\n");
    }
}
